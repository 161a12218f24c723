"""Semi join, anti join and mark join: for EXISTS, IN and their negations.

d(A ⋉ B) = dA ⋉ B_new + the rows of A_old whose degree became 0 (-1) or was 0 (+1) because of dB
(`degree.py`); d(A ▷ B): the same with opposite signs. A mark join has all rows of A, with one more
column: whether the row has a match.
"""

from __future__ import annotations

from materializers.engines.duckdb.operators.degree import LOST
from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side
from materializers.engines.duckdb.operators.preserving import Preserving
from materializers.engines.duckdb.operators.run import Run
from materializers.sql.relations.join import Equality
from materializers.sql.relations.relation import Column, Columns
from materializers.sql.types.expression import Expression, quote
from materializers.sql.types.sql_type import BOOLEAN


class SemiJoin(Preserving):
    """The left rows that have a match in the right input; with `is_anti`, those that have none.
    Only true is a match."""

    def __init__(
        self,
        left: Operator,
        right: Operator,
        condition: Expression | None,
        equalities: tuple[Equality, ...],
        *,
        is_anti: bool = False,
    ) -> None:
        super().__init__(left, right, condition, equalities)
        self.is_anti = is_anti

    def shown(self, left: Columns, right: Columns) -> Columns:
        return left

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        left, right = self.inputs
        return self._of(f"({left.rows(side, run, keys)})", f"({right.rows(side, run)})")

    def _of(self, left: str, right: str) -> str:
        """SQL of the join for some left relation, with its weight column if it has one."""
        word = "ANTI" if self.is_anti else "SEMI"
        return f"SELECT a.* FROM {left} a {word} JOIN {right} b ON {self.on}"

    def of_left(self, delta: str, right: str) -> str:
        return f"({self._of(delta, right)})"

    def crossed(self, crossed: str) -> str:
        came, left = (-1, 1) if self.is_anti else (1, -1)
        weight = f"CASE WHEN {LOST} THEN {left}::BIGINT ELSE {came}::BIGINT END AS {WEIGHT}"
        return f"(SELECT {self.column_list()}, {weight} FROM {crossed})"


class MarkJoin(SemiJoin):
    """All left rows, with a column `mark`: whether the row has a match."""

    def __init__(
        self,
        left: Operator,
        right: Operator,
        condition: Expression | None,
        equalities: tuple[Equality, ...],
        mark: str,
    ) -> None:
        self.mark = mark
        super().__init__(left, right, condition, equalities)

    def shown(self, left: Columns, right: Columns) -> Columns:
        return (*left, Column(self.mark, BOOLEAN, False))

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        left, right = self.inputs
        below = keys if keys and keys.columns <= left.names else None
        sql = self._of(f"({left.rows(side, run, below)})", f"({right.rows(side, run)})")
        return sql if below else self.restricted(sql, keys)

    def _of(self, left: str, right: str) -> str:
        is_matched = f"EXISTS (SELECT 1 FROM {right} b WHERE {self.on})"
        return f"SELECT a.*, {is_matched} AS {quote(self.mark)} FROM {left} a"

    def crossed(self, crossed: str) -> str:
        sign = f"CASE WHEN {LOST} = {quote(self.mark)} THEN -1::BIGINT ELSE 1::BIGINT END"
        return (
            f"(SELECT {self.column_list()}, {sign} AS {WEIGHT}"
            f" FROM {crossed}, (VALUES (true), (false)) v({quote(self.mark)}))"
        )
