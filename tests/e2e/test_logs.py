"""The logs of both processes: what they are, what they begin and end, each trouble once and its
end, and never a value of a row."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from cdc import __version__
from tests.commands import rederive
from tests.e2e.small import PROJECT, Small, at_work

SECRET = "Eulalia"
SECRET_NUMBER = "90210777"
VIEWS = """
CREATE MATERIALIZED VIEW shown AS SELECT id, n, name FROM items;
CREATE SINK shown_table FROM shown WITH (connection = 'analytics', table = 'shown');
CREATE MATERIALIZED VIEW numbers AS SELECT id, name::int AS number FROM items WHERE n > 1000;
CREATE SINK numbers_table FROM numbers WITH (connection = 'analytics', table = 'numbers');
CREATE MATERIALIZED VIEW halves AS SELECT id, 100 / (n - 1001) AS half FROM items WHERE n < 2000;
CREATE SINK halves_table FROM halves WITH (connection = 'analytics', table = 'halves');
"""
ROWS = f"INSERT INTO items SELECT i, i, '{SECRET}' || i FROM generate_series(1, 50) i"


@dataclass
class Logged(Small):
    """A project whose sinks are in a database of their own."""

    sink_dsn: str = ""

    @property
    def sink_database(self) -> str:
        return self.sink_dsn.rpartition("/")[2]

    def make(self, prefix: str, kafka: str) -> None:
        text = PROJECT.format(prefix=prefix, dsn=self.dsn, kafka=kafka)
        at = text.rindex(self.dsn)
        text = f"{text[:at]}{self.sink_dsn}{text[at + len(self.dsn) :]}"
        (self.folder / "views").mkdir(parents=True)
        (self.folder / "rederive.toml").write_text(f'{text}[log]\nformat = "json"\n')
        (self.folder / "views" / "shown.sql").write_text(VIEWS)

    def lines(self, command: str) -> list[dict[str, Any]]:
        """All lines of the log; each is a JSON object."""
        text = (self.folder / f"{command}.log").read_text()
        return [dict(orjson.loads(line)) for line in text.splitlines()]

    def said(self, command: str, pattern: str) -> list[dict[str, Any]]:
        return [line for line in self.lines(command) if re.search(pattern, line["message"])]

    def views(self) -> list[dict[str, Any]]:
        return list(self.status().get("views", []))

    def until_said(self, command: str, pattern: str) -> dict[str, Any]:
        def report() -> str:
            return f"{pattern}:\n{self.processes.tail(command)}"

        self.until(lambda: bool(self.said(command, pattern)), report)
        return self.said(command, pattern)[-1]


@pytest.fixture
def logged(
    tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str
) -> Iterator[Logged]:
    """The project with tables and rows; nothing runs."""
    name = f"{postgres_dsn.rpartition('/')[2]}_sinks"
    made = Logged(tmp_path / "logged", postgres_dsn, f"{postgres_dsn.rpartition('/')[0]}/{name}")
    made.make(topic_prefix, kafka_bootstrap)
    made.execute(
        "CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL, name text NOT NULL)",
        ROWS,
        f"CREATE DATABASE {name}",
    )
    yield made
    made.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_logs_tell_the_life_of_a_pipeline(logged: Logged) -> None:
    with at_work(logged):
        check_begin(logged)
        sink_goes_away_and_comes_back(logged)
        view_is_edited(logged)
        views_stop(logged)
    for command in ("capture", "materialize"):
        lines = logged.lines(command)
        assert lines[-1]["event"] == "end" and lines[-1]["reason"] == "SIGTERM", lines[-1]
        assert all(line["ts"] and line["logger"].startswith("rederive.") for line in lines)
        text = (logged.folder / f"{command}.log").read_text()
        assert SECRET not in text and SECRET_NUMBER not in text


def check_begin(logged: Logged) -> None:
    for command in ("capture", "materialize"):
        begin = logged.lines(command)[0]
        assert begin["event"] == "begin" and begin["version"] == __version__
        assert begin["pid"] == logged.processes.running[command].pid
        assert begin["project"] == str(logged.folder.resolve())
    assert logged.said("capture", r"captures 1 tables: public\.items$")
    assert logged.said("capture", r"snapshot begins: 1 tables")
    assert logged.said("capture", r"items: 50 rows copied$")[0]["table"] == "public.items"
    assert logged.said("capture", r"snapshot ends: 50 rows")[0]["rows"] == 50
    assert logged.said("capture", r"reads the log from \w+/\w+$")
    assert logged.said("materialize", r"reads 1 tables from the beginning: public\.items$")
    assert logged.said("materialize", r"load ends: \d+ records")[0]["rows"] >= 50
    filled = logged.said("materialize", r"sink shown_table: load of generation 1 ends: 50 rows")
    assert (filled[0]["view"], filled[0]["sink"]) == ("shown", "shown_table")
    assert logged.said("materialize", "sink shown_table: switched, readers see generation 1")
    assert logged.said("materialize", "sink shown_table: follows from cut")


def sink_goes_away_and_comes_back(logged: Logged) -> None:
    """Logged once for each sink, however often it is retried, and once when it is over."""
    name = logged.sink_database
    logged.execute(
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'",
        "UPDATE items SET n = n",
    )
    is_tried = r"not currently accepting connections"
    logged.until_said("materialize", rf"sink shown_table: .*{is_tried}")
    logged.until(lambda: all("accepting" in str(view["error"]) for view in logged.views()))
    time.sleep(3.0)  # more retries
    logged.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    told = logged.until_said("materialize", r"sink shown_table: goes on after")
    assert told["event"] == "recovered" and told["sink"] == "shown_table"
    assert int(re.findall(r"(\d+) tries", told["message"])[0]) >= 2
    assert len(logged.said("materialize", rf"sink shown_table: .*{is_tried}")) == 1
    assert not [line for line in logged.lines("materialize") if line["level"] == "error"]


def view_is_edited(logged: Logged) -> None:
    file = logged.folder / "views" / "shown.sql"
    file.write_text(VIEWS.replace("SELECT id, n, name FROM", "SELECT id, name FROM"))
    told = logged.until_said("materialize", r"view shown: live as edited after")
    assert told["view"] == "shown"
    messages = [line["message"] for line in logged.lines("materialize")]
    switched = [at for at, said in enumerate(messages) if "shown_table: switched" in said]
    assert len(switched) == 2 and switched[1] < messages.index(told["message"])


def views_stop(logged: Logged) -> None:
    logged.execute(
        f"INSERT INTO items VALUES ({SECRET_NUMBER}, 5000, '{SECRET}')",
        "INSERT INTO items VALUES (51, 1001, '1')",
    )
    assert logged.until_said("materialize", "view numbers stopped at")["view"] == "numbers"
    assert "division by zero" in logged.until_said("materialize", "view halves stopped")["message"]
    (told,) = [view["error"] for view in logged.views() if view["view"] == "numbers"]
    assert SECRET_NUMBER in told, "who asks for the status is told"


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "rederive.toml").write_text('[log]\nformat = "json"\n')
    ended = rederive(tmp_path, "materialize", "--log-format", "text")
    assert ended.returncode == 1 and "ERROR rederive.materialize: materialize ends" in ended.stderr
    ended = rederive(tmp_path, "materialize")
    end = orjson.loads(ended.stderr.splitlines()[-1])
    assert ended.returncode == 1 and end["level"] == "error" and "faults" in end["message"]
    assert all(orjson.loads(line)["level"] == "error" for line in ended.stderr.splitlines())


@pytest.mark.parametrize("setting", ['format = "xml"', 'level = "loud"', "colour = 1"])
def test_a_setting_that_is_not_known(tmp_path: Path, setting: str) -> None:
    (tmp_path / "rederive.toml").write_text(f"[log]\n{setting}\n")
    ended = rederive(tmp_path, "materialize")
    assert ended.returncode == 1 and f"log.{setting.split()[0]}: " in ended.stderr
