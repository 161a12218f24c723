"""One batch in all plans: its connection, deltas and temporary tables."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from materializers.sql.types.expression import quote


class Run:
    """`changed`: input table -> the temporary table with its delta, without unchanged tables;
    `widths`: the number of columns of each input table. `before`: state table -> (the temporary
    table of touched keys, SQL of their old rows), set by operators as they update their state;
    `deltas`: by operator, those computed so far. `checks_nulls`: for tests: check that columns
    planned as never NULL have none; every delta is read twice then."""

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
        """Run a statement; returns the number of changed rows."""
        row = self.connection.execute(sql).fetchone()
        return int(row[0]) if row and isinstance(row[0], int) else 0

    def temporary(self, sql: str) -> tuple[str, int]:
        """Make a temporary table of a SELECT; returns its quoted name and number of rows."""
        name = quote(f"t{len(self._temporary)}")
        self._temporary.append(name)
        return name, self.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")

    def stored(self, delta: str) -> str:
        """A delta as a temporary table, for a delta that is read more than once."""
        return self.temporary(f"SELECT * FROM {delta}")[0] if delta.startswith("(") else delta

    def drop_temporary(self) -> None:
        """Drop the batch's temporary tables."""
        drops = [f"DROP TABLE IF EXISTS {name}" for name in self._temporary]
        if drops:
            self.connection.execute("; ".join(drops))
        self._temporary.clear()


NO_RUN = Run.__new__(Run)
"""For the new side of a relation, which does not use the run."""
