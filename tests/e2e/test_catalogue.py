"""Changes of a table without a row in the log, as readers of a sink see them: after each change
every view becomes its query's result in PostgreSQL, by itself.

The cases are those of tests/capture/catalogue.sql, each in a schema of its own, with SELECT * of
its table and the view that the case names, side by side in one project.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.pq import ExecStatus

from tests.capture.published import CASES
from tests.crash.looks import wait_for
from tests.e2e.small import PROJECT, Small

COMMANDS = ("capture", "materialize")
SETTLE_S = 240.0


@dataclass(frozen=True, slots=True)
class Shown:
    """A view and the table of its sink, of the same name."""

    name: str
    case: str
    query: str

    @property
    def file(self) -> str:
        return (
            f"CREATE MATERIALIZED VIEW {self.name} AS {self.query};\n"
            f"CREATE SINK {self.name}_table FROM {self.name}"
            f" WITH (connection = 'analytics', table = '{self.name}');\n"
        )


def _shown() -> Iterator[Shown]:
    for number, (name, case) in enumerate(CASES.items()):
        table = f"case_{number}.{case.table}"
        yield Shown(f"all_{number}", name, f"SELECT * FROM {table}")
        if case.view:
            query = re.sub(rf"FROM {case.table}\b", f"FROM {table}", case.view)
            yield Shown(f"grouped_{number}", name, query)


@dataclass(frozen=True, slots=True)
class Answer:
    """Names of columns, and rows of their texts."""

    names: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def limited_to(self, names: tuple[str, ...]) -> Answer:
        """Only those of the columns that exist, in that order."""
        places = [self.names.index(name) for name in names if name in self.names]
        rows = sorted(tuple(row[place] for place in places) for row in self.rows)
        return Answer(tuple(self.names[place] for place in places), rows)


SHOWN = tuple(_shown())
TABLES = tuple(f"case_{number}.{case.table}" for number, case in enumerate(CASES.values()))


@dataclass
class Catalogue(Small):
    """All cases' tables in one database, and a project with views of them."""

    def make(self, prefix: str, kafka: str) -> None:
        text = PROJECT.format(prefix=prefix, dsn=self.dsn, kafka=kafka)
        named = ", ".join(f'"{table}"' for table in TABLES)
        (self.folder / "views").mkdir(parents=True)
        (self.folder / "rederive.toml").write_text(text.replace('"public.items"', named))
        for shown in SHOWN:
            (self.folder / "views" / f"{shown.name}.sql").write_text(shown.file)
        for number, case in enumerate(CASES.values()):
            schema = f"case_{number}"
            self.execute(f"CREATE SCHEMA {schema}", f"SET search_path = {schema}", case.before)

    def change(self) -> None:
        for number, case in enumerate(CASES.values()):
            self.execute(f"SET search_path = case_{number}", *case.changes)

    def differences(self) -> dict[str, str]:
        """The views whose sink has other rows than the query's result in the source. Columns added
        after the view do not count."""
        found = {}
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for shown in SHOWN:
                here, there = self._answers(connection, shown)
                there = there.limited_to(here.names)
                if here != there or not here.names:
                    found[f"{shown.case}: {shown.query}"] = f"shows {here}, expected {there}"
        return found

    def _answers(self, connection: psycopg.Connection[Any], shown: Shown) -> tuple[Answer, Answer]:
        """The sink's rows, and the source's."""
        here = answer(connection, f"SELECT * FROM public.{shown.name}")
        return here, answer(connection, shown.query)

    def name_all_columns(self) -> None:
        """Edit the views whose table has more columns than they show."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for shown in SHOWN:
                here, there = self._answers(connection, shown)
                if set(here.names) != set(there.names):
                    listed = shown.query.replace("*", ", ".join(there.names))
                    edited = shown.file.replace(shown.query, listed)
                    (self.folder / "views" / f"{shown.name}.sql").write_text(edited)

    def shows_all_columns(self) -> bool:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            answers = [self._answers(connection, shown) for shown in SHOWN]
        return all(set(here.names) == set(there.names) for here, there in answers)

    def settle(self) -> None:
        """Wait until every view is right and follows."""
        self.until(lambda: not self.differences() and self.is_well(), self.report, SETTLE_S)

    def is_well(self) -> bool:
        """Whether status reports no problem of it."""
        status = self.status()
        views = status.get("views", [])
        is_following = bool(views) and all(view["phase"] == "following" for view in views)
        return is_following and not status["edits"] and not any(v["error"] for v in views)

    def report(self) -> str:
        wrong = [
            v for v in self.status().get("views", []) if v["phase"] != "following" or v["error"]
        ]
        told = "\n".join(f"{name}: {what}" for name, what in self.differences().items())
        codes = {command: p.poll() for command, p in self.processes.running.items()}
        logs = "\n".join(self.processes.tail(command)[-1_500:] for command in COMMANDS)
        return f"{told}\n{codes}\n{[(v['view'], v['phase'], v['error']) for v in wrong]}\n{logs}"


def answer(connection: psycopg.Connection[Any], query: str) -> Answer:
    """The server's answer, as texts; no columns where it refuses."""
    result = connection.pgconn.exec_(query.encode())
    if result.status != ExecStatus.TUPLES_OK:
        return Answer((), [(result.error_message.decode(),)])
    names = tuple((result.fname(column) or b"").decode() for column in range(result.nfields))
    rows = ([result.get_value(r, c) for c in range(len(names))] for r in range(result.ntuples))
    return Answer(names, sorted(tuple(map(str, row)) for row in rows))


@contextmanager
def running(catalogue: Catalogue) -> Iterator[None]:
    try:
        for command in COMMANDS:
            catalogue.processes.start(command)
        yield
    finally:
        codes = catalogue.processes.stop()
    assert codes == dict.fromkeys(COMMANDS, 0), catalogue.processes.tail("materialize")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("is_running", [True, False], ids=["running", "down"])
def test_views_follow_the_catalogue(
    tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str, is_running: bool
) -> None:
    catalogue = Catalogue(tmp_path / "project", postgres_dsn)
    catalogue.make(topic_prefix, kafka_bootstrap)
    with running(catalogue):
        catalogue.settle()
        if is_running:
            catalogue.change()
            catalogue.settle()
    if not is_running:
        catalogue.change()
    with running(catalogue):
        catalogue.settle()
        catalogue.name_all_columns()
        catalogue.until(catalogue.shows_all_columns, catalogue.report, SETTLE_S)
        catalogue.settle()
        catalogue.execute(*(f"DELETE FROM {table} WHERE id = 2" for table in TABLES))
        (lsn,) = catalogue.execute("SELECT pg_current_wal_insert_lsn()::text")[0]
        names = [shown.name for shown in SHOWN]
        wait_for(catalogue.processes, catalogue.folder / ".rederive", names, lsn)
        assert not catalogue.differences()
