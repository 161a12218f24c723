"""Inner join: bilinear. d(A ⋈ B) = dA ⋈ B_old + A_new ⋈ dB (DBSP, section 3)."""

from __future__ import annotations

from materializers.engines.duckdb.operators.joining import Joining, joined_delta
from materializers.engines.duckdb.operators.operator import Keys, Side
from materializers.engines.duckdb.operators.run import Run


class InnerJoin(Joining):
    """The pairs of rows for which the condition is true."""

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        left, right = self.inputs
        to_left = keys if keys and keys.columns <= left.names else None
        to_right = keys if keys and keys.columns <= right.names else None
        sql = self._join(left.rows(side, run, to_left), right.rows(side, run, to_right))
        return sql if to_left or to_right else self.restricted(sql, keys)

    def _join(self, left: str, right: str) -> str:
        return f"SELECT {self.column_list()} FROM ({left}) a JOIN ({right}) b ON {self.on}"

    def delta(self, run: Run) -> str | None:
        left, right = self.inputs
        from_left, from_right = left.changes(run), right.changes(run)
        parts = []
        if from_left:
            parts.append(self.met(run, from_left, Side.OLD, is_left=True))
        if from_right:
            delta, rows = self.met(run, from_right, Side.NEW, is_left=False)
            parts.append((rows, delta))
        joins = [f"({a} JOIN {b} ON {self.on})" for a, b in parts]
        return joined_delta(run, joins, self.column_list())
