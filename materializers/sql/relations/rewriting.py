"""Rewrites of a plan's relations, from the top down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from materializers.sql.relations.relation import Relation


class Rewriting(ABC):
    """Rewrites one plan; used once, so that what several relations read stays one."""

    def __init__(self) -> None:
        self._done: dict[int, tuple[Relation, Relation]] = {}

    def __call__(self, relation: Relation) -> Relation:
        """The relation rewritten, and all that it reads."""
        if id(relation) not in self._done:
            changed = self.rewritten(relation)
            over = with_inputs(changed, {id(each): self(each) for each in changed.inputs})
            self._done[id(relation)] = relation, over  # held: ids stay its own
        return self._done[id(relation)][1]

    @abstractmethod
    def rewritten(self, relation: Relation) -> Relation:
        """Another relation in place of this one; it means the same."""


def with_inputs(relation: Relation, instead: Mapping[int, Relation]) -> Relation:
    """The same over other inputs, by the identity of those that it has."""

    def other(value: Any) -> Any:  # Any: fields hold what they like
        if isinstance(value, tuple) and any(isinstance(each, Relation) for each in value):
            return tuple(other(each) for each in value)
        return instead.get(id(value), value) if isinstance(value, Relation) else value

    named = fields(relation)  # type: ignore[arg-type]  # a dataclass, as all nodes are
    if all(other(each) is each for each in relation.inputs):
        return relation
    changed = {each.name: other(getattr(relation, each.name)) for each in named}
    return replace(relation, **changed)  # type: ignore[type-var]
