"""Equal subplans are one operator: within a view, and between the views of a pipeline.

An operator with state is brought to a form that does not depend on the plan it was made for: its
columns are `c#0`, `c#1`, … and its state table bears the digest of its signature. Plans with the
same signature then read one object through a projection that gives it their own names, so that
its delta is worked out and its state is kept once (`Run.delta_of` is by object).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from typing import Any

from materializers.operators.map import Map
from materializers.operators.operator import Operator
from materializers.operators.recompute import Recompute
from materializers.plan.signature import Signature, Unshareable, digest
from materializers.plan.types.aggregate_call import AggregateCall
from materializers.plan.types.expression import ColumnRef, Expression, quote
from materializers.plan.types.quoted import replace_names
from materializers.plan.types.sql_type import SqlType

Shared = MutableMapping[str, Operator]
"""State table -> the operator that keeps it."""


class Sharing:
    """Rewrites one plan; `shared` is the pipeline's."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._leaves: dict[int, str] = {}
        self._done: dict[int, Operator] = {}
        self._renamings: set[int] = set()
        self._held: list[Operator] = []  # so that no id is given twice

    def plan(self, operator: Operator) -> Operator:
        """The subtree with its shareable operators exchanged for the shared ones."""
        if id(operator) not in self._done:
            self._take_inputs(operator, tuple(self.plan(child) for child in operator.inputs))
            found = self._exchanged(operator) if operator.state() else self._merged(operator)
            self._done[id(operator)] = found
            self._held += [operator, found]
        return self._done[id(operator)]

    @staticmethod
    def _take_inputs(operator: Operator, inputs: tuple[Operator, ...]) -> None:
        """Also where an operator holds an input under a name of its own."""
        for old, new in zip(operator.inputs, inputs, strict=True):
            for name, value in vars(operator).items():
                if value is old:
                    setattr(operator, name, new)
        operator.inputs = inputs

    def _exchanged(self, operator: Operator) -> Operator:
        names = {column.name: f"c#{index}" for index, column in enumerate(operator.columns)}
        try:
            shared = self._of_pipeline(operator, names)
        except Unshareable:
            return operator
        outputs = [(c.name, ColumnRef(names[c.name], c.type, c.nullable)) for c in operator.columns]
        exchanged = Map(shared, outputs)
        self._renamings.add(id(exchanged))
        return exchanged

    def _of_pipeline(self, operator: Operator, names: Mapping[str, str]) -> Operator:
        """The operator of the same meaning that the pipeline has; this one, where it has none."""
        inputs = tuple(_renamed(child, names) for child in operator.inputs)
        places = {table: f"#state{index}" for index, table in enumerate(operator.state())}
        form = Renaming(names, places, dict(zip(operator.inputs, inputs, strict=True))).of(operator)
        signature = Signature(self._leaves)
        below = [signature.of(child) for child in inputs]
        text = f"{signature.own(form)}{below}{list(form.state().values())}"
        kind, hashed = type(operator).__name__.lower(), digest(text)
        tables = {t: f"kept.{quote(f'{kind}.{hashed}{p[6:]}')}" for t, p in places.items()}
        first = next(iter(tables.values()))
        shared = self._shared.get(first)
        if shared is None:
            renaming = Renaming(names, tables, dict(zip(operator.inputs, inputs, strict=True)))
            shared = self._shared[first] = renaming.of(operator)
        self._leaves[id(shared)] = first
        self._held.append(shared)
        return shared

    def _merged(self, operator: Operator) -> Operator:
        """A projection of what only renames a shared operator, as one projection."""
        inner = operator.inputs[0] if isinstance(operator, Map) else None
        if not isinstance(operator, Map) or not isinstance(inner, Map):
            return operator
        if id(inner) not in self._renamings:
            return operator
        names = {name: e.column for name, e in inner.outputs if isinstance(e, ColumnRef)}
        outputs = [(n, e.renamed(names)) for n, e in operator.outputs]
        predicate = operator.predicate
        renamed = predicate.renamed(names) if predicate is not None else None
        made = Map(inner.inputs[0], outputs, renamed)
        made.has_delta = operator.has_delta
        return made


def _exchanged(sql: str, names: Mapping[str, str]) -> str:
    return replace_names(sql, names, quote)


def _renamed(child: Operator, names: Mapping[str, str]) -> Operator:
    """An input under the shared operator's names, where that hands on its input's own names."""
    if not child.names & names.keys():
        return child
    if isinstance(child, Map):
        outputs = [(names.get(name, name), value) for name, value in child.outputs]
        made = Map(child.inputs[0], outputs, child.predicate)
        made.has_delta = child.has_delta
        return made
    listed = [
        (names.get(c.name, c.name), ColumnRef(c.name, c.type, c.nullable)) for c in child.columns
    ]
    return Map(child, listed)


@dataclass(slots=True)
class Renaming:
    """Copies an operator under other names of its columns and state tables, on other inputs."""

    names: Mapping[str, str]
    tables: Mapping[str, str]
    inputs: Mapping[Operator, Operator] = field(default_factory=dict)

    def of(self, operator: Operator) -> Operator:
        """Raises Unshareable where some attribute is beyond renaming."""
        if isinstance(operator, Recompute):
            child = _renamed(operator.child, self.names)
            return Recompute(child, operator.scans, self.tables[operator.table])
        made = copy.copy(operator)
        vars(made).clear()
        for name, value in operator.attributes().items():
            setattr(made, name, self._value(value))
        return made

    def _value(self, value: Any) -> Any:
        """Any: operators keep what they like."""
        if isinstance(value, str):
            return self._text(value)
        if value is None or isinstance(value, (bool, int, Enum)):
            return value
        if isinstance(value, (Expression, AggregateCall)):
            return value.renamed(self.names)
        if isinstance(value, SqlType):
            return value
        if isinstance(value, Operator) and value in self.inputs:
            return self.inputs[value]
        if isinstance(value, dict):
            return {self._value(k): self._value(v) for k, v in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return type(value)(self._value(each) for each in value)
        if is_dataclass(value) and not isinstance(value, type):
            changed = {f.name: self._value(getattr(value, f.name)) for f in fields(value) if f.init}
            return replace(value, **changed)
        raise Unshareable(type(value).__name__)

    def _text(self, text: str) -> str:
        if text in self.names:
            return self.names[text]
        if text in self.tables:
            return self.tables[text]
        for old, new in self.tables.items():
            text = text.replace(old, new)
        return _exchanged(text, self.names)
