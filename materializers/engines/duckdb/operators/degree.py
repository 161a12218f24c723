"""The degree of a join's left rows: the number of their matches in the right input (RisingWave's
term).

Left, semi, anti and mark joins depend only on whether the degree is 0. A delta of the right input
touches the old left rows with its keys. Matches are counted only for those whose degree changes, so
that the cost follows the delta, not the number of rows with one key.
"""

from __future__ import annotations

from dataclasses import dataclass

from materializers.engines.duckdb.operators.joining import left_keys, same_keys
from materializers.engines.duckdb.operators.operator import WEIGHT, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.sql.relations.join import Equality

_ROW = '"#row"'
LOST = '"#lost"'


@dataclass(frozen=True, slots=True)
class Degree:
    """The degrees of one join. `on`: SQL of its condition, `equalities` included."""

    left: Operator
    right: Operator
    on: str
    equalities: tuple[Equality, ...]

    def touched(self, run: Run, from_right: str) -> str | None:
        """A temporary table of the old left rows with keys of the right delta, numbered; None where
        there are none."""
        keys = left_keys(self.equalities, from_right) if self.equalities else None
        rows = self.left.rows(Side.OLD, run, keys)
        name, count = run.temporary(f"SELECT *, row_number() OVER () AS {_ROW} FROM ({rows})")
        return name if count else None

    def matched(self, touched: str, from_right: str) -> str:
        """SQL of a FROM item: touched rows joined with the right delta."""
        return f"({touched} JOIN {from_right} ON {self.on})"

    def crossed(self, run: Run, touched: str, from_right: str) -> str | None:
        """SQL of a FROM item: touched rows whose degree became 0 (`#lost`) or was 0 before; None
        where no degree changed."""
        moved, count = run.temporary(
            f"SELECT {_ROW}, sum({WEIGHT})::BIGINT AS {WEIGHT}"
            f" FROM {self.matched(touched, from_right)} GROUP BY {_ROW} HAVING sum({WEIGHT}) <> 0"
        )
        if not count:
            return None
        narrow = same_keys(self.equalities, from_right) if self.equalities else None
        counts = (
            f"SELECT {_ROW}, count(*) AS n FROM (SELECT a.* FROM {touched} a"
            f" SEMI JOIN {moved} m ON a.{_ROW} = m.{_ROW})"
            f" JOIN ({self.right.rows(Side.NEW, run, narrow)}) ON {self.on}"
            f" GROUP BY {_ROW}"
        )
        return (
            f"(SELECT a.* EXCLUDE ({_ROW}), n IS NULL AS {LOST}"
            f" FROM {touched} a JOIN {moved} m ON a.{_ROW} = m.{_ROW}"
            f" LEFT JOIN ({counts}) c ON a.{_ROW} = c.{_ROW}"
            f" WHERE (n IS NULL) <> (coalesce(n, 0) = m.{WEIGHT}))"
        )
