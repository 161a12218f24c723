"""Semi join, anti join and mark join: what EXISTS, IN and their negations become.

d(A ⋉ B) = dA ⋉ B_new + the rows of A_old whose number of matches crossed 0 because of dB
(`degree.py`); d(A ▷ B) the same with the other sign. A mark join keeps every row of A and says in
one more column whether it has a match.
"""

from __future__ import annotations

from functools import cached_property

from materializers.engines.duckdb.operators.degree import LOST, Degree
from materializers.engines.duckdb.operators.join import joined_delta, on, right_keys
from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.sql.relations.join import Equality
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import Expression, quote
from materializers.sql.types.sql_type import BOOLEAN


class SemiJoin(Operator):
    """Rows of the left input that have a match in the right one, or with `is_anti` that have none.
    `condition` as in InnerJoin: what is not true is no match."""

    def __init__(
        self,
        left: Operator,
        right: Operator,
        condition: Expression | None,
        equalities: tuple[Equality, ...],
        *,
        is_anti: bool = False,
    ) -> None:
        self.inputs = (left, right)
        self.condition = condition
        self.equalities = equalities
        self.is_anti = is_anti
        self.columns: tuple[Column, ...] = left.columns

    @cached_property
    def on(self) -> str:
        """SQL of the condition."""
        return on(self.condition, self.equalities, self.inputs[1].names)

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        left, right = self.inputs
        return self._of(f"({left.rows(side, run, keys)})", right.rows(side, run))

    def _of(self, left: str, right: str) -> str:
        """SQL of the rows of some left relation, its weight included where it has one."""
        word = "ANTI" if self.is_anti else "SEMI"
        return f"SELECT a.* FROM {left} a {word} JOIN ({right}) b ON {self.on}"

    def _crossed(self, crossed: str) -> str:
        came, left = (-1, 1) if self.is_anti else (1, -1)
        weight = f"CASE WHEN {LOST} THEN {left}::BIGINT ELSE {came}::BIGINT END AS {WEIGHT}"
        return f"(SELECT {self.column_list()}, {weight} FROM {crossed})"

    def delta(self, run: Run) -> str | None:
        left, right = self.inputs
        from_left, from_right = run.delta_of(left), run.delta_of(right)
        parts = []
        if from_left:
            keys = None
            if self.equalities and right.inputs:
                from_left = run.stored(from_left)
                keys = right_keys(self.equalities, from_left)
            parts.append(f"({self._of(from_left, right.rows(Side.NEW, run, keys))})")
        if from_right:
            from_right = run.stored(from_right)
            degree = Degree(left, right, self.on, self.equalities)
            touched = degree.touched(run, from_right)
            if touched and (crossed := degree.crossed(run, touched, from_right)):
                parts.append(self._crossed(crossed))
        return joined_delta(run, parts, self.column_list())


class MarkJoin(SemiJoin):
    """Every row of the left input, and the column `mark`: whether it has a match."""

    def __init__(
        self,
        left: Operator,
        right: Operator,
        condition: Expression | None,
        equalities: tuple[Equality, ...],
        mark: str,
    ) -> None:
        super().__init__(left, right, condition, equalities)
        self.mark = mark
        self.columns = (*left.columns, Column(mark, BOOLEAN, False))

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        left, right = self.inputs
        below = keys if keys and keys.columns <= left.names else None
        sql = self._of(f"({left.rows(side, run, below)})", right.rows(side, run))
        return sql if below else self.restricted(sql, keys)

    def _of(self, left: str, right: str) -> str:
        found = f"EXISTS (SELECT 1 FROM ({right}) b WHERE {self.on})"
        return f"SELECT a.*, {found} AS {quote(self.mark)} FROM {left} a"

    def _crossed(self, crossed: str) -> str:
        sign = f"CASE WHEN {LOST} = {quote(self.mark)} THEN -1::BIGINT ELSE 1::BIGINT END"
        return (
            f"(SELECT {self.column_list()}, {sign} AS {WEIGHT}"
            f" FROM {crossed}, (VALUES (true), (false)) v({quote(self.mark)}))"
        )
