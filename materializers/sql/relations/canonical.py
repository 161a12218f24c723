"""A relation's meaning as a text that does not depend on the names in its plan.

A column is written by its origin: `0.amount` is column amount of the first leaf. Projections are
merged into the relation above. Relations with equal texts mean the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.scan import Scan
from materializers.sql.types.expression import ColumnRef
from materializers.sql.types.sql_type import SqlType

_TEXT_MAX = 200


def digest(text: str) -> str:
    """A text's hash: 16 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Canonical:
    """Writes one relation and all below it. `leaves`: id() of a relation -> its name, which is
    written in place of all that is below it."""

    def __init__(self, leaves: Mapping[int, str]) -> None:
        self._leaves = leaves
        self._known: dict[int, str] = {}
        self._names: dict[str, str] = {}
        self._read: dict[str, str] = {}  # columns of inputs whose names this relation reuses
        self._places = 0

    def text(self, relation: Relation) -> str:
        """The relation's meaning."""
        below = [self._of(each) for each in relation.inputs]
        _, read = self._name(relation)
        return f"{self._own(relation, read)}({';'.join(below)}){self._kinds(relation)}"

    def _of(self, relation: Relation) -> str:
        if id(relation) not in self._known:
            text = self._written(relation)
            self._known[id(relation)] = text if len(text) <= _TEXT_MAX else digest(text)
        return self._known[id(relation)]

    def _written(self, relation: Relation) -> str:
        if isinstance(relation, Map) and id(relation) not in self._leaves:
            return self._map(relation)
        if isinstance(relation, Scan):
            return self._scan(relation)
        leaf = self._leaves.get(id(relation))
        below = [self._of(each) for each in relation.inputs] if leaf is None else []
        place, read = self._name(relation)
        own = self._own(relation, read) if leaf is None else leaf
        return f"{place}={own}({';'.join(below)}){self._kinds(relation)}"

    def _map(self, relation: Map) -> str:
        child = self._of(relation.child)
        where = self._value(relation.predicate) if relation.predicate is not None else ""
        texts = {name: self._value(value) for name, value in relation.outputs}
        self._names |= {n: t if len(t) <= _TEXT_MAX else digest(t) for n, t in texts.items()}
        return f"where({child};{where})" if where else child

    def _scan(self, relation: Scan) -> str:
        place = self._next()
        for name, column in relation.listed:
            self._names[column.name] = f"{place}.{name}"
        names = [name for name, _ in relation.listed]
        return f"{place}={relation.table!r}{names}{self._kinds(relation)}"

    def _name(self, relation: Relation) -> tuple[str, dict[str, str]]:
        """Number the relation and name its columns; returns the number, and the former names of
        columns that its inputs have under the same name."""
        place = self._next()
        names = [column.name for column in relation.columns]
        read = {name: self._names[name] for name in names if name in self._names}
        for index, name in enumerate(names):
            self._names[name] = f"{place}.{index}"
        return place, read

    def _own(self, relation: Relation, read: dict[str, str]) -> str:
        """The relation's own fields, without its inputs."""
        inputs = {id(each) for each in relation.inputs}
        listed = fields(relation)  # type: ignore[arg-type]  # a dataclass, as all nodes are
        values = [getattr(relation, each.name) for each in listed if each.compare]
        before, self._read = self._read, read
        own = [self._value(each) for each in values if id(each) not in inputs]
        self._read = before
        return f"{type(relation).__name__}[{','.join(own)}]"

    def _kinds(self, relation: Relation) -> str:
        return str([(self._value(c.type), c.nullable) for c in relation.columns])

    def _next(self) -> str:
        self._places += 1
        return str(self._places - 1)

    def _value(self, value: Any) -> str:
        """Any: a field may have any type."""
        if isinstance(value, ColumnRef):
            known = self._read.get(value.column) or self._names.get(value.column)
            name = known or repr(value.column)
            return f"<{name}:{self._value(value.type)}{value.nullable}>"
        if isinstance(value, Relation):
            return self._of(value)
        if isinstance(value, str):
            return f"<{self._names[value]}>" if value in self._names else repr(value)
        if isinstance(value, tuple):
            return f"({','.join(self._value(each) for each in value)})"
        if isinstance(value, SqlType) and value.labels:
            value = replace(value, labels=())  # an expression that depends on their order has them
        if isinstance(value, frozenset):
            return f"{{{','.join(sorted(self._value(each) for each in value))}}}"
        if is_dataclass(value) and not isinstance(value, type):
            parts = (self._value(getattr(value, each.name)) for each in fields(value))
            return f"{type(value).__name__}({','.join(parts)})"
        return repr(value)
