"""The environment in which relations are evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value

Tables = Mapping[str, Sequence[Mapping[str, Value]]]
"""Rows by table, values by column, both under the source's names."""


class Environment:
    """`tables`: their rows. `outer`: the values of the outer queries' columns. `working`: the
    working tables of recursive queries, by name. `computed`: by relation's id, rows computed before
    that depend on neither. `prefix`: the beginning of every row over which expressions are
    evaluated.
    """

    __slots__ = ("computed", "prefix", "tables", "working")

    def __init__(
        self,
        tables: Tables,
        working: Mapping[str, list[Row]],
        computed: dict[int, list[Row]],
        outer: Row = (),
    ) -> None:
        self.tables = tables
        self.working = working
        self.computed = computed
        self.prefix: Row = (self, *outer)

    def inside(self, outer: Row) -> Environment:
        """For a query nested in a row. `outer`: that row, after the outer queries' values."""
        return Environment(self.tables, self.working, self.computed, outer)

    def following(self, name: str, rows: list[Row]) -> Environment:
        """For the next step of a recursive query, with this working table."""
        return Environment(self.tables, {**self.working, name: rows}, {}, self.prefix[1:])
