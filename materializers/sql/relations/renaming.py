"""Renames the columns of relations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from materializers.sql.relations.relation import Relation
from materializers.sql.types.expression import Expression

R = TypeVar("R", bound=Relation)
Below = Callable[[Relation], Relation]


def renamed_deep(relation: R, names: Mapping[str, str]) -> R:
    """Rename columns in the relation and all below it."""
    return _renamed(relation, names, lambda below: renamed_deep(below, names))


def renamed_own(relation: R, names: Mapping[str, str], below: Below) -> R:
    """Rename columns in the relation alone. `below`: maps each input to its replacement."""
    return _renamed(relation, names, below)


def _renamed(relation: R, names: Mapping[str, str], below: Below) -> R:
    inputs = {id(each) for each in relation.inputs}

    def value(item: Any) -> Any:  # Any: a field may have any type
        if isinstance(item, Relation):
            return below(item) if id(item) in inputs else renamed_deep(item, names)
        if isinstance(item, Expression):
            return item.renamed(names)
        if isinstance(item, str):
            return names.get(item, item)
        if isinstance(item, (tuple, frozenset)):
            return type(item)(value(each) for each in item)
        if is_dataclass(item) and not isinstance(item, type):
            return replace(item, **{f.name: value(getattr(item, f.name)) for f in fields(item)})
        return item

    listed = fields(relation)  # type: ignore[arg-type]  # a dataclass, as all nodes are
    changed = {each.name: value(getattr(relation, each.name)) for each in listed}
    return replace(relation, **changed)  # type: ignore[type-var]
