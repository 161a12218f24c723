"""A table of items: its rows in the source, and on its topic."""

from __future__ import annotations

from tests.capture.running import RunningCapture

ITEMS = "CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL, note text)"


FILL = "INSERT INTO items SELECT i, i, 'x' || i FROM generate_series(1, 3000) AS i"


def table_rows(capture: RunningCapture, table: str) -> list[dict[str, object]]:
    """The source's rows as JSON made by PostgreSQL, unbounded numerics as text."""
    rows = capture.database.execute(f"SELECT * FROM {table}".encode())
    names = [column.name for column in rows.description or ()]
    return sorted((dict(zip(names, map(str, row), strict=True)) for row in rows), key=str)


def topic_rows(capture: RunningCapture, table: str) -> list[dict[str, object]]:
    rows = capture.rows(table).values()
    return sorted(({name: str(value) for name, value in row.items()} for row in rows), key=str)
