"""Set-returning functions and SELECTs over one row alone: rows that come and go with that row.

Linear, so that a delta passes through row by row: what a row gives has the row's weight.
"""

from __future__ import annotations

from materializers.operators.operator import WEIGHT, Column, Keys, Operator, Side
from materializers.operators.run import Run
from materializers.plan.types.expression import quote


class Expand(Operator):
    """Each row of the child beside each of the rows that its values give.

    `added`: the new columns. `lists`: for each of them SQL of a list over the child's columns; they
    are walked through together, and a shorter one ends in NULL. `unique`: sets of new columns that
    tell the rows of one row apart.
    """

    def __init__(
        self,
        child: Operator,
        added: tuple[Column, ...],
        lists: tuple[str, ...],
        unique: tuple[frozenset[str], ...] = (),
    ) -> None:
        self.inputs = (child,)
        self.columns = (*child.columns, *added)
        self.lists = lists
        self.keys = tuple(one | two for one in child.keys for two in unique)

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        child = self.inputs[0]
        inner = keys if keys and keys.columns <= child.names else None
        sql = self._expanded(f"({child.rows(side, run, inner)})", child.column_list())
        return sql if inner else self.restricted(sql, keys)

    def delta(self, run: Run) -> str | None:
        child = self.inputs[0]
        delta = run.delta_of(child)
        if delta is None:
            return None
        before = f"{child.column_list()}, {WEIGHT}" if child.columns else WEIGHT
        return f"({self._expanded(delta, before)})"

    def _expanded(self, relation: str, before: str) -> str:
        return f"SELECT {before}{', ' if before else ''}{self._unnested()} FROM {relation}"

    def _unnested(self) -> str:
        added = self.columns[len(self.inputs[0].columns) :]
        pairs = zip(self.lists, added, strict=True)
        return ", ".join(f"unnest({sql}) AS {quote(column.name)}" for sql, column in pairs)

    def selected(self) -> str:
        """SQL of what one row gives, over its columns."""
        return f"SELECT {self._unnested()}"

    def describe(self) -> str:
        shown = [text if len(text) <= 60 else text[:57] + "…" for text in self.lists]
        return f"expand {', '.join(shown)}"


class ExpandSelect(Expand):
    """The same by a SELECT over the child's columns. `is_left`: a row that gives none stands there
    once, with NULLs. One that reads tables has no delta, and `reason` says why it stands here."""

    reason = ""

    def __init__(
        self,
        child: Operator,
        added: tuple[Column, ...],
        sql: str,
        unique: tuple[frozenset[str], ...] = (),
        *,
        is_left: bool = False,
    ) -> None:
        super().__init__(child, added, (), unique)
        self.sql = sql
        self.is_left = is_left

    def _expanded(self, relation: str, before: str) -> str:
        kind = "LEFT JOIN" if self.is_left else "JOIN"
        added = ", ".join(quote(c.name) for c in self.columns[len(self.inputs[0].columns) :])
        listed = ", ".join(part for part in (before, added) if part) or "1"
        return f"SELECT {listed} FROM {relation} a {kind} LATERAL ({self.sql}) b ON true"

    def describe(self) -> str:
        return f"expand each row by a SELECT{' (left)' if self.is_left else ''}"
