"""Left and full outer join.

Left: d(A ⟕ B) = dA ⟕ B_new + A_old ⋈ dB + P, where P adds a row padded with NULLs for each row of
A_old whose degree became 0, and deletes it for each whose degree was 0 (`degree.py`). Full: with K
the keys of both deltas, the join of the new rows with these keys minus that of the old. Conditions
that are no equalities only make K larger than necessary.
"""

from __future__ import annotations

from materializers.engines.duckdb.operators.degree import LOST
from materializers.engines.duckdb.operators.joining import (
    Joining,
    keys_of,
    left_keys,
    nullable,
    right_keys,
)
from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side
from materializers.engines.duckdb.operators.preserving import Preserving
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.relations.relation import Columns
from materializers.sql.types.expression import Constant, quote
from materializers.sql.types.sql_type import INTEGER


class LeftJoin(Preserving):
    """The right input's columns become nullable."""

    def shown(self, left: Columns, right: Columns) -> Columns:
        return left + nullable(right)

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        left, right = self.inputs
        to_left = keys if keys and keys.columns <= left.names else None
        sql = self._join(left.rows(side, run, to_left), right.rows(side, run))
        return sql if to_left else self.restricted(sql, keys)

    def _join(self, left: str, right: str) -> str:
        return f"SELECT {self.column_list()} FROM ({left}) a LEFT JOIN ({right}) b ON {self.on}"

    def of_left(self, delta: str, right: str) -> str:
        return f"({delta} LEFT JOIN {right} b ON {self.on})"

    def matched(self, matched: str) -> str | None:
        return f"(SELECT {self.column_list()}, {WEIGHT} FROM {matched})"  # without the row number

    def crossed(self, crossed: str) -> str:
        """The padded rows: inserted where the degree became 0, deleted where it was 0."""
        absent = ", ".join(
            f"CAST(NULL AS {stored_type(c.type)}) AS {quote(c.name)}"
            for c in self.inputs[1].columns
        )
        weight = f"CASE WHEN {LOST} THEN 1::BIGINT ELSE -1::BIGINT END AS {WEIGHT}"
        return f"(SELECT * EXCLUDE ({LOST}), {absent}, {weight} FROM {crossed})"


class FullJoin(Joining):
    """Both inputs' columns become nullable. Without an equality all rows are touched."""

    upkeep = "touched groups"

    def shown(self, left: Columns, right: Columns) -> Columns:
        return nullable(left + right)

    def chosen(self) -> tuple[Operator, ...]:
        return ()

    def _join(self, left: str, right: str, weight: str = "") -> str:
        return (
            f"SELECT {self.column_list()}{weight}"
            f" FROM ({left}) a FULL JOIN ({right}) b ON {self.on}"
        )

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        left, right = self.inputs
        return self.restricted(self._join(left.rows(side, run), right.rows(side, run)), keys)

    def delta(self, run: Run) -> str | None:
        left, right = self.inputs
        touched = [
            keys_of(
                delta,
                [e.left if is_left else e.right for e in self.equalities]
                or [Constant("1", INTEGER)],
            )
            for is_left, delta in ((True, left.changes(run)), (False, right.changes(run)))
            if delta is not None
        ]
        if not touched:
            return None
        keys, _ = run.temporary(" UNION ".join(f"SELECT * FROM {t}" for t in touched))
        parts = [
            self._join(
                left.rows(side, run, self._keys(keys, is_left=True)),
                right.rows(side, run, self._keys(keys, is_left=False)),
                f", {weight}::BIGINT AS {WEIGHT}",
            )
            for side, weight in ((Side.NEW, 1), (Side.OLD, -1))
        ]
        name, count = run.temporary(" UNION ALL ".join(parts))
        return name if count else None

    def _keys(self, table: str, *, is_left: bool) -> Keys | None:
        if not self.equalities:
            return None
        pick = left_keys if is_left else right_keys
        keys = pick(self.equalities, table)
        return Keys(table, keys.expressions, keys.columns, True)
