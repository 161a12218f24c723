"""One batch on its way through the plans: its connection, deltas and temporary tables."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from materializers.sql.types.expression import quote


class Run:
    """`changed`: input table -> the temporary table that holds its delta, tables without a
    change left out; `widths`: how many columns each input table has. `before`: state table -> (the
    temporary table of touched keys, SQL of the rows as they were), set by operators as they move
    their state; `deltas`: by operator, those that are worked out. `checks_nulls`: look for NULLs in
    columns that are planned to hold none, for tests: every delta is read twice then."""

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
        self.deltas: dict[int, str | None] = {}
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

    def drop_temporary(self) -> None:
        """Free what this batch held in memory."""
        drops = [f"DROP TABLE IF EXISTS {name}" for name in self._temporary]
        if drops:
            self.connection.execute("; ".join(drops))
        self._temporary.clear()


NO_RUN = Run.__new__(Run)
"""For the new side of a relation, which never asks the run."""
