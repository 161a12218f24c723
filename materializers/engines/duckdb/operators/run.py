"""One batch on its way through the plans: its connection, deltas and temporary tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import duckdb

from materializers.errors import ViewError
from materializers.sql.types.expression import quote


class HasName(Protocol):
    """A column of an operator as a run sees it."""

    @property
    def name(self) -> str:
        """Its name in the plan."""

    @property
    def nullable(self) -> bool:
        """Whether it is planned to hold a NULL."""


class HasDelta(Protocol):
    """The side of an operator that a run sees."""

    @property
    def columns(self) -> Sequence[HasName]:
        """What its rows hold."""

    def delta(self, run: Run) -> str | None:
        """SQL of a FROM item with its changes; None where nothing changed."""

    def build(self, run: Run) -> None:
        """Fill the state."""

    def describe(self) -> str:
        """One line that names it."""


class Run:
    """`changed`: input table -> the temporary table that holds its delta, tables without a
    change left out; `widths`: how many columns each input table has. `before`: state table -> (the
    temporary table of touched keys, SQL of the rows as they were), set by operators as they move
    their state. `checks_nulls`: look for NULLs in columns that are planned to hold none, for tests:
    every delta is read twice then."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        changed: Mapping[str, str],
        widths: Mapping[str, int],
        *,
        checks_nulls: bool = False,
    ) -> None:
        self.connection = connection
        self.checks_nulls = checks_nulls
        self.changed = changed
        self.widths = widths
        self.before: dict[str, tuple[str, str]] = {}
        self._deltas: dict[int, str | None] = {}
        self._temporary: list[str] = []

    def execute(self, sql: str) -> int:
        """Run a statement; the number of rows it changed."""
        row = self.connection.execute(sql).fetchone()
        return int(row[0]) if row and isinstance(row[0], int) else 0

    def temporary(self, sql: str) -> tuple[str, int]:
        """A temporary table of a SELECT's rows: its quoted name and the number of rows."""
        name = quote(f"t{len(self._temporary)}")
        self._temporary.append(name)
        return name, self.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")

    def stored(self, delta: str) -> str:
        """A delta that is read more than once, as a temporary table."""
        return self.temporary(f"SELECT * FROM {delta}")[0] if delta.startswith("(") else delta

    def delta_of(self, operator: HasDelta) -> str | None:
        """An operator's delta, worked out once."""
        if id(operator) not in self._deltas:
            try:
                self._deltas[id(operator)] = self._checked(operator, operator.delta(self))
            except duckdb.Error as error:
                if not hasattr(error, "__notes__"):  # the innermost operator is to blame
                    error.add_note(operator.describe())
                raise
        return self._deltas[id(operator)]

    def _checked(self, operator: HasDelta, delta: str | None) -> str | None:
        if delta is None or not self.checks_nulls:
            return delta
        delta = self.stored(delta)
        self.refuse_nulls(operator, delta)
        return delta

    def refuse_nulls(self, operator: HasDelta, rows: str) -> None:
        """Raise ViewError where a column holds a NULL that is planned to hold none. `rows`: SQL
        of a FROM item with the operator's rows."""
        strict = [column.name for column in operator.columns if not column.nullable]
        if not strict:
            return
        tests = ", ".join(f"bool_or({quote(name)} IS NULL)" for name in strict)
        found = self.connection.execute(f"SELECT {tests} FROM {rows}").fetchone() or ()
        for name in (name for name, has_null in zip(strict, found, strict=True) if has_null):
            what = f"column {name} holds a NULL and is planned to hold none"
            raise ViewError(f"{what} (in: {operator.describe()})")

    def build(self, operator: HasDelta) -> None:
        """Fill an operator's state."""
        try:
            operator.build(self)
        except duckdb.Error as error:
            error.add_note(operator.describe())
            raise

    def drop_temporary(self) -> None:
        """Free what this batch held in memory."""
        drops = [f"DROP TABLE IF EXISTS {name}" for name in self._temporary]
        if drops:
            self.connection.execute("; ".join(drops))
        self._temporary.clear()


NO_RUN = Run.__new__(Run)
"""For the new side of a relation, which never asks the run."""
