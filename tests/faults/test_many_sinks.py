"""A project with more sinks on one server than the server has connections."""

from __future__ import annotations

from pathlib import Path

import psycopg

from materializers.project.project import load_project
from rederive.status.ask_sinks import SinkQuestions
from tests.e2e.small import write_small

MORE = 20


def test_all_are_asked(tmp_path: Path, postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        row = connection.execute("SELECT current_setting('max_connections')::int").fetchone()
    assert row is not None
    small = write_small(tmp_path / "small", "many", postgres_dsn, "127.0.0.1:1")
    sinks = "\n".join(
        f"CREATE SINK sink_{n} FROM shown WITH (connection = 'analytics', table = 't{n}');"
        for n in range(row[0] + MORE)
    )
    file = small.folder / "views" / "shown.sql"
    file.write_text(f"{file.read_text()}\n{sinks}\n")
    found = SinkQuestions(load_project(small.folder), 3.0, 8.0).ask()
    assert len(found) == row[0] + MORE + 1
    assert {each.error for each in found.values()} == {""}
