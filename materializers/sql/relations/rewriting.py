"""The base class of rewrites of a plan, from the root down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from materializers.sql.relations.relation import Relation


class Rewriting(ABC):
    """Rewrites one plan. An object rewrites once: a relation with several readers stays one."""

    def __init__(self) -> None:
        self._done: dict[int, tuple[Relation, Relation]] = {}

    def __call__(self, relation: Relation) -> Relation:
        """Rewrite the relation and all below it."""
        if id(relation) not in self._done:
            changed = self.rewritten(relation)
            over = with_inputs(changed, {id(each): self(each) for each in changed.inputs})
            self._done[id(relation)] = relation, over  # a live object's id() stays its own
        return self._done[id(relation)][1]

    @abstractmethod
    def rewritten(self, relation: Relation) -> Relation:
        """The replacement of this relation; it must mean the same."""


def with_inputs(relation: Relation, instead: Mapping[int, Relation]) -> Relation:
    """The relation with replaced inputs. `instead`: id() of an input -> its replacement."""

    def other(value: Any) -> Any:  # Any: a field may have any type
        if isinstance(value, tuple) and any(isinstance(each, Relation) for each in value):
            return tuple(other(each) for each in value)
        return instead.get(id(value), value) if isinstance(value, Relation) else value

    named = fields(relation)  # type: ignore[arg-type]  # a dataclass, as all nodes are
    if all(other(each) is each for each in relation.inputs):
        return relation
    changed = {each.name: other(getattr(relation, each.name)) for each in named}
    return replace(relation, **changed)  # type: ignore[type-var]
