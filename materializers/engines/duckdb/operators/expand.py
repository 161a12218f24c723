"""Set-returning functions and LATERAL over one row.

Linear: a delta passes through row by row, and the resulting rows have the row's weight.
"""

from __future__ import annotations

from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side
from materializers.engines.duckdb.operators.run import NO_RUN, Run
from materializers.engines.duckdb.render.words import words
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import Expression, quote


class Expand(Operator):
    """Each row of the child joined with the elements of its arrays.

    `added`: the new columns. `lists`: for each of them an array over the child's columns; they are
    unnested in parallel, shorter ones padded with NULL. `is_left`: left join on `condition`; a row
    without a match is padded with NULLs.
    """

    def __init__(
        self,
        child: Operator,
        added: tuple[Column, ...],
        lists: tuple[Expression, ...],
        condition: Expression | None,
        *,
        is_left: bool,
    ) -> None:
        self.inputs = (child,)
        self.columns = (*child.columns, *added)
        self.lists = lists
        self.is_left = is_left
        self.condition = condition

    @property
    def _added(self) -> tuple[Column, ...]:
        return self.columns[len(self.inputs[0].columns) :]

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        child = self.inputs[0]
        inner = keys if keys and keys.columns <= child.names else None
        sql = self._expanded(f"({child.rows(side, run, inner)})", child.column_list())
        return sql if inner else self.restricted(sql, keys)

    def delta(self, run: Run) -> str | None:
        child = self.inputs[0]
        delta = child.changes(run)
        if delta is None:
            return None
        before = f"{child.column_list()}, {WEIGHT}" if child.columns else WEIGHT
        return f"({self._expanded(delta, before)})"

    def _expanded(self, relation: str, before: str) -> str:
        if self.is_left:
            return self._joined(relation, before, self._select())
        return f"SELECT {before}{', ' if before else ''}{self._unnested()} FROM {relation}"

    def _unnested(self) -> str:
        pairs = zip(self.lists, self._added, strict=True)
        return ", ".join(f"unnest({words(each)}) AS {quote(c.name)}" for each, c in pairs)

    def _select(self) -> str:
        """SQL of a SELECT of the rows for one row, over its columns."""
        sql = f"SELECT {self._unnested()}"
        if self.condition is not None:
            sql = f"SELECT * FROM ({sql}) WHERE {words(self.condition)}"
        return sql

    def _joined(self, relation: str, before: str, select: str) -> str:
        kind = "LEFT JOIN" if self.is_left else "JOIN"
        names = ", ".join(quote(column.name) for column in self._added)
        listed = ", ".join(part for part in (before, names) if part) or "1"
        return f"SELECT {listed} FROM {relation} a {kind} LATERAL ({select}) b ON true"


class LateralSelect(Expand):
    """Each row of the child joined, on `condition`, with the rows of `relation`, a SELECT without
    state over the child's columns. If it reads tables, it has no delta."""

    def __init__(
        self,
        child: Operator,
        added: tuple[Column, ...],
        relation: Operator,
        condition: Expression | None,
        *,
        is_left: bool,
    ) -> None:
        super().__init__(child, added, (), None, is_left=is_left)
        listed = ", ".join(quote(column.name) for column in added) or "1"
        self.sql = f"SELECT {listed} FROM ({relation.rows(Side.NEW, NO_RUN)})"
        self.sql += f" WHERE {words(condition)}" if condition is not None else ""

    def _expanded(self, relation: str, before: str) -> str:
        return self._joined(relation, before, self.sql)
