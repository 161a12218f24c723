"""What a subtree of a plan computes, as a text that does not depend on the names in the plan.

Each column is written as where it comes from: `0.amount` is column amount of the first leaf. Leaves
are input tables and operators that are shared already; projections disappear into what is above.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from materializers.operators.map import Map
from materializers.operators.operator import Operator, Side
from materializers.operators.recompute import Recompute
from materializers.operators.run import NO_RUN
from materializers.operators.scan import Scan
from materializers.plan.types.aggregate_call import AggregateCall
from materializers.plan.types.expression import ColumnRef, Expression, Words
from materializers.plan.types.quoted import quoted_names, replace_names
from materializers.plan.types.sql_type import SqlType

_TEXT_MAX = 200
_DERIVED = ("inputs", "columns")


class Unshareable(Exception):
    """The subtree holds something whose meaning cannot be written down."""


def digest(text: str) -> str:
    """A short name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _held(value: Any, texts: Mapping[int, str]) -> str:
    """What a field of a node holds. Any: nodes, texts, numbers, types and tuples of those."""
    if isinstance(value, tuple):
        return f"({','.join(_held(each, texts) for each in value)})"
    return texts[id(value)] if id(value) in texts else repr(value)


class Signature:
    """Of one subtree; `leaves`: the shared operators, which stand for all that is below them."""

    def __init__(self, leaves: Mapping[int, str]) -> None:
        self._leaves = leaves
        self._names: dict[str, str] = {}
        self._count = 0

    def of(self, operator: Operator) -> str:
        """Raises Unshareable."""
        if isinstance(operator, Scan):
            return self._scan(operator)
        if id(operator) in self._leaves:
            return self._named(operator, self._leaves[id(operator)])
        if operator.state():
            raise Unshareable(operator.describe())
        inputs = [self.of(child) for child in operator.inputs]
        if isinstance(operator, Map):
            return self._map(operator, inputs[0])
        return self._named(operator, f"{self.own(operator)}({';'.join(inputs)})")

    def own(self, operator: Operator) -> str:
        """What an operator itself adds to its inputs, whose names are known already."""
        if isinstance(operator, Recompute):
            return self._recompute(operator)
        values = {n: v for n, v in operator.attributes().items() if n not in _DERIVED}
        return f"{type(operator).__name__}{self.value(values)}"

    def _scan(self, scan: Scan) -> str:
        place = self._next()
        for name, source in scan.source.items():
            self._names[name] = f"{place}.{source}"
        columns = [
            (source, self.value(column.type), column.nullable)
            for source, column in zip(scan.source.values(), scan.columns, strict=True)
        ]
        return f"{place}={scan.table!r}{columns}"

    def _named(self, operator: Operator, text: str) -> str:
        place = self._next()
        for index, column in enumerate(operator.columns):
            self._names[column.name] = f"{place}.{index}"
        kinds = [(self.value(c.type), c.nullable) for c in operator.columns]
        return f"{place}={text}{kinds}"

    def _map(self, operator: Map, child: str) -> str:
        where = self.node(operator.predicate) if operator.predicate is not None else ""
        self._names |= {name: self.node(e) for name, e in operator.outputs}
        return f"where({child};{where})" if where else child

    def _recompute(self, operator: Recompute) -> str:
        """The SELECT that works it out, its names numbered as they appear."""
        sql = operator.child.rows(Side.NEW, NO_RUN)
        known = {c.name for each in (operator.child, *operator.scans) for c in each.columns}
        known |= {c.name for each in operator.child.walk() for c in each.columns}
        known -= {c.name for c in operator.columns}
        found = [name for name in quoted_names(sql) if name in known]
        numbers = {name: f"n{index}" for index, name in enumerate(dict.fromkeys(found))}
        tables = [
            (s.table, [(s.source[c.name], self.value(c)) for c in s.columns if c.name in numbers])
            for s in operator.scans
        ]
        keys = self.value(operator.keys)
        return f"recompute({replace_names(sql, numbers, '<{}>'.format)}){tables}{keys}"

    def _next(self) -> str:
        self._count += 1
        return str(self._count - 1)

    def text(self, sql: str) -> str:
        """SQL, or a name alone, with the plan's names replaced."""
        if sql in self._names:
            return self._names[sql]
        return replace_names(sql, self._names, lambda name: f"<{name}>")

    def node(self, root: Expression) -> str:
        """An expression with the plan's names replaced. Trees are deeper than Python's stack."""
        texts: dict[int, str] = {}
        waiting = [root]
        while waiting:
            node = waiting[-1]
            if below := [child for child in node.children if id(child) not in texts]:
                waiting += below
                continue
            waiting.pop()
            text = self._node(node, texts)
            texts[id(node)] = text if len(text) <= _TEXT_MAX else digest(text)
        return texts[id(root)]

    def _node(self, node: Any, texts: Mapping[int, str]) -> str:
        """One node, the texts of those below it known. What it holds beside them is no name of the
        plan, and whether it can be NULL follows. Any: each kind of node has fields of its own."""
        if isinstance(node, ColumnRef):
            return self._names.get(node.column, repr(node.column))
        if isinstance(node, Words):
            return repr(self.text(node.said))
        held = [getattr(node, f.name) for f in fields(node) if f.name != "nullable"]
        return f"{type(node).__name__}{[_held(each, texts) for each in held]}"

    def _call(self, call: AggregateCall) -> str:
        """Its name and options are no names of the plan."""
        parts = (call.arguments, call.distinct, call.order, call.filter, call.type, call.nullable)
        return f"{call.name}{call.options}{self.value(parts)}"

    def value(self, value: Any) -> str:
        """Any attribute of an operator. Any: operators keep what they like."""
        if isinstance(value, str):
            return repr(self.text(value))
        if value is None or isinstance(value, (bool, int, Enum)):
            return str(value)
        if isinstance(value, Mapping):
            return f"{{{','.join(f'{self.value(k)}:{self.value(v)}' for k, v in value.items())}}}"
        if isinstance(value, (list, tuple)):
            return f"[{','.join(self.value(each) for each in value)}]"
        if isinstance(value, (set, frozenset)):
            return f"({','.join(sorted(self.value(each) for each in value))})"
        if isinstance(value, SqlType):
            return str(value)
        if isinstance(value, AggregateCall):
            return self._call(value)
        if isinstance(value, Expression):
            return f"({self.node(value)},{value.type},{value.nullable})"
        if is_dataclass(value):
            return type(value).__name__ + self.value(
                [getattr(value, f.name) for f in fields(value)]
            )
        raise Unshareable(type(value).__name__)
