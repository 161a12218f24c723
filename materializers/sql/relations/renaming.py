"""Relations under other names of their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from materializers.sql.relations.relation import Relation
from materializers.sql.types.expression import Expression

R = TypeVar("R", bound=Relation)
Below = Callable[[Relation], Relation]


def renamed_deep(relation: R, names: Mapping[str, str]) -> R:
    """The same with columns of other names, the relations that it reads included."""
    return _renamed(relation, names, lambda below: renamed_deep(below, names))


def renamed_own(relation: R, names: Mapping[str, str], below: Below) -> R:
    """The same with columns of other names; `below` gives what takes the place of an input."""
    return _renamed(relation, names, below)


def _renamed(relation: R, names: Mapping[str, str], below: Below) -> R:
    inputs = {id(each) for each in relation.inputs}

    def value(found: Any) -> Any:  # Any: fields hold what they like
        if isinstance(found, Relation):
            return below(found) if id(found) in inputs else renamed_deep(found, names)
        if isinstance(found, Expression):
            return found.renamed(names)
        if isinstance(found, str):
            return names.get(found, found)
        if isinstance(found, (tuple, frozenset)):
            return type(found)(value(each) for each in found)
        if is_dataclass(found) and not isinstance(found, type):
            return replace(found, **{f.name: value(getattr(found, f.name)) for f in fields(found)})
        return found

    listed = fields(relation)  # type: ignore[arg-type]  # a dataclass, as all nodes are
    changed = {each.name: value(getattr(relation, each.name)) for each in listed}
    return replace(relation, **changed)  # type: ignore[type-var]
