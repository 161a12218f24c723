"""What the rows of a relation are worked out from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value

Tables = Mapping[str, Sequence[Mapping[str, Value]]]
"""Rows by table, values by column, both under the source's names."""


class Around:
    """The tables, and what a nested query sees of the queries around it.

    `outer`: the values of the columns of those. `found`: what recursive queries have found, by
    name. `known`: rows that were worked out already and depend on neither, by relation's id.
    Every row that expressions are evaluated over begins with `prefix`.
    """

    __slots__ = ("found", "known", "prefix", "tables")

    def __init__(
        self,
        tables: Tables,
        found: Mapping[str, list[Row]],
        known: dict[int, list[Row]],
        outer: Row = (),
    ) -> None:
        self.tables = tables
        self.found = found
        self.known = known
        self.prefix: Row = (self, *outer)

    def inside(self, outer: Row) -> Around:
        """For a query nested in one row: `outer` is that row, behind what is around it."""
        return Around(self.tables, self.found, self.known, outer)

    def following(self, name: str, rows: list[Row]) -> Around:
        """For the next step of a recursive query, which found these rows before."""
        return Around(self.tables, {**self.found, name: rows}, {}, self.prefix[1:])
