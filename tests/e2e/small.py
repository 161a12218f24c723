"""A project of one table and one view in PostgreSQL, with both processes running."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.crash.bank import Processes
from tests.status_of import status_of

PROJECT = """
[source.{prefix}]
type = "postgresql"
dsn = "{dsn}"
tables = ["public.items"]
[kafka]
"bootstrap.servers" = "{kafka}"
[sink.analytics]
type = "postgresql"
dsn = "{dsn}"
"""
VIEW = """
CREATE MATERIALIZED VIEW shown AS SELECT id, n FROM items;
CREATE SINK shown_table FROM shown WITH (connection = 'analytics', table = 'shown');
"""
TIMEOUT_S = 60.0


@dataclass
class Small:
    """`folder`: the project's."""

    folder: Path
    dsn: str
    processes: Processes = field(init=False)

    def __post_init__(self) -> None:
        self.processes = Processes(self.folder)

    def execute(self, *statements: str) -> list[Any]:
        """Execute statements in the source, each in a transaction of its own; the last one's
        rows."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description is not None else []

    def status(self) -> dict[str, Any]:
        """See `status_of`."""
        return status_of(self.folder)

    def problems(self, part: str) -> list[dict[str, Any]]:
        """The problems of a part in status."""
        return [each for each in self.status()["problems"] if each["part"] == part]

    def is_following(self) -> bool:
        views = self.status().get("views", [])
        return bool(views) and all(view["phase"] == "following" for view in views)

    def ended(self, command: str) -> int:
        """Wait for a process to end by itself; its exit status."""
        return self.processes.running.pop(command).wait(TIMEOUT_S)

    def until(
        self,
        is_there: Callable[[], bool],
        report: Callable[[], str] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Wait for it; a failure shows the report, or materialize's log."""
        deadline = time.monotonic() + timeout_s
        while not is_there():
            told = report or (lambda: self.processes.tail("materialize"))
            assert time.monotonic() < deadline, told()
            time.sleep(0.1)


def write_small(folder: Path, prefix: str, dsn: str, kafka: str) -> Small:
    """Write the project's files; start nothing."""
    (folder / "views").mkdir(parents=True)
    (folder / "rederive.toml").write_text(PROJECT.format(prefix=prefix, dsn=dsn, kafka=kafka))
    (folder / "views" / "shown.sql").write_text(VIEW)
    return Small(folder, dsn)


@contextmanager
def running(small: Small) -> Iterator[Small]:
    """The table exists, and both processes run; stopped at the end."""
    small.execute(
        "create table items (id int primary key, n int not null)",
        "insert into items select i, i from generate_series(1, 50) i",
    )
    with at_work(small):
        yield small


@contextmanager
def at_work(small: Small) -> Iterator[None]:
    """Both processes run; stopped at the end."""
    try:
        for command in ("capture", "materialize"):
            small.processes.start(command)
        small.until(small.is_following)
        yield
    finally:
        codes = small.processes.stop()
    assert set(codes.values()) <= {0}, small.processes.tail("materialize")
