"""A relation evaluated over given rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from materializers.engines.rows.relations.compiling import Compiling
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.recursive import WorkingTable
from materializers.sql.relations.relation import OverOne, Relation
from materializers.sql.relations.set_operations import SetOperation

Over = Callable[..., list[Row]]
"""Computes a relation's rows from lists of its inputs' rows."""


def over_given(node: OverOne | SetOperation, place: Compiling) -> Over:
    """A relation as a function of its inputs' rows alone. Raises Unsupported."""
    names = [f"#given {place}" for place in range(len(node.inputs))]
    leaves = [
        WorkingTable(name, each.columns) for name, each in zip(names, node.inputs, strict=True)
    ]
    rows = place.rows(_over(node, leaves))

    def over(*given: list[Row]) -> list[Row]:
        return rows(Environment({}, dict(zip(names, given, strict=True)), {}))

    return over


def _over(node: OverOne | SetOperation, leaves: Sequence[Relation]) -> Relation:
    if isinstance(node, SetOperation):
        one, two = leaves
        return replace(node, sides=(one, two))
    (child,) = leaves
    return replace(node, child=child)  # type: ignore[type-var]  # a dataclass, as all nodes are
