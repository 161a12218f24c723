"""How many rows of a join's right input match each row of the left one, where that matters only as
"none" or "some": the padding of a left join, semi and anti joins.

RisingWave calls the number of matches a row's degree. The rows of the left input as it was are
touched where a delta of the right one has their keys; of those only the ones whose degree moved are
counted, so that the cost follows the delta, not how many rows share a key.
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
    """The matches of one join. `on`: SQL of its condition, `equalities` included."""

    left: Operator
    right: Operator
    on: str
    equalities: tuple[Equality, ...]

    def touched(self, run: Run, from_right: str) -> str | None:
        """A temporary table of the left input's old rows with keys of the right one's delta, each
        with a number of its own; None where there are none."""
        keys = left_keys(self.equalities, from_right) if self.equalities else None
        rows = self.left.rows(Side.OLD, run, keys)
        name, count = run.temporary(f"SELECT *, row_number() OVER () AS {_ROW} FROM ({rows})")
        return name if count else None

    def matched(self, touched: str, from_right: str) -> str:
        """The FROM item of touched rows joined with the delta."""
        return f"({touched} JOIN {from_right} ON {self.on})"

    def crossed(self, run: Run, touched: str, from_right: str) -> str | None:
        """The FROM item of touched rows whose last match left (`#lost`) or whose first one came;
        None where no degree moved."""
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
