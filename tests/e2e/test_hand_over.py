"""Views pass between the two engines while changes go on; sinks and readers see nothing of it.
Where the engines are compared and differ, the view stops, and everything says so."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import orjson
import psycopg
import pytest

from cdc.control import Control
from cdc.errors import RederiveError
from materializers.engines.duckdb.outbox import view_table
from materializers.engines.engine import STATE_FILE
from tests.commands import rederive
from tests.e2e.small import Small, at_work, write_small

VIEWS = """
CREATE MATERIALIZED VIEW shown AS SELECT id, n FROM items;
CREATE SINK shown_table FROM shown WITH (connection = 'analytics', table = 'shown');
CREATE MATERIALIZED VIEW sums AS
  SELECT n % 7 AS rest, count(*) AS items, sum(n) AS total FROM items GROUP BY n % 7;
CREATE SINK sums_table FROM sums WITH (connection = 'analytics', table = 'sums');
"""
SHOWN = "SELECT id, n FROM {} ORDER BY id"
SUMS = "SELECT rest, items, total FROM sums ORDER BY rest"
EXPECTED_SUMS = "SELECT n % 7, count(*), sum(n) FROM items GROUP BY 1 ORDER BY 1"


KILLS = 3
CHECKED = "check_engines = true"


@pytest.fixture
def small(tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str) -> Small:
    small = write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)
    with (small.folder / "rederive.toml").open("a") as file:
        file.write('[pipeline]\nengine = "auto"\n')
    (small.folder / "views" / "shown.sql").write_text(VIEWS)
    small.execute(
        "create table items (id int primary key, n int not null)",
        "insert into items select i, i from generate_series(1, 500) i",
    )
    return small


def engine_of(small: Small, view: str) -> str:
    """Which engine maintains the view, as `explain` says."""
    return str(explained(small, view).get("engine", ""))


def is_compared(small: Small, view: str) -> bool:
    """Whether both engines maintain the view."""
    return bool(explained(small, view).get("compared"))


def explained(small: Small, view: str) -> dict[str, Any]:
    """The running pipeline's answer to `explain`; empty where it has none yet."""
    control = Control.connect(small.folder / ".rederive", "materialize")
    try:
        return control.request("explain", view=view) if control is not None else {}
    except RederiveError:
        return {}


def is_right(small: Small) -> bool:
    """Whether both sinks have what the source's tables give."""
    return small.execute(SHOWN.format("shown")) == small.execute(
        SHOWN.format("items")
    ) and small.execute(SUMS) == small.execute(EXPECTED_SUMS)


def differences(small: Small, view: str) -> int:
    """How many rows of the view, and of its sink, are unlike those of a rebuild."""
    ended = rederive(small.folder, "rebuild", view, "--json")
    assert ended.returncode == 0, ended.stderr
    found = orjson.loads(ended.stdout)
    sinks = [each for sink in found["sinks"].values() for each in sink["keys"].values()]
    return int(found["differences"]) + sum(map(len, sinks))


@contextmanager
def changing(small: Small, seed: int) -> Iterator[None]:
    """Small transactions, one after the other, in a thread of its own."""
    ended, rng, errors = threading.Event(), random.Random(seed), list[BaseException]()

    def change() -> None:
        try:
            with psycopg.connect(small.dsn, autocommit=True) as connection:
                while not ended.wait(0.005):
                    number, value = rng.randint(1, 600), rng.randint(0, 99)
                    if rng.random() < 0.3:
                        connection.execute("DELETE FROM items WHERE id = %s", (number,))
                    else:
                        connection.execute(
                            "INSERT INTO items VALUES (%s, %s)"
                            " ON CONFLICT (id) DO UPDATE SET n = excluded.n",
                            (number, value),
                        )
        except BaseException as error:
            errors.append(error)

    worker = threading.Thread(target=change)
    worker.start()
    try:
        yield
    finally:
        ended.set()
        worker.join()
    assert not errors, errors


@pytest.mark.timeout(240)
def test_views_go_to_rows_and_a_large_change_takes_them_back(small: Small) -> None:
    with at_work(small):
        with changing(small, 1):
            small.until(lambda: engine_of(small, "sums") == "rows")
            assert engine_of(small, "shown") == "rows"
        small.until(lambda: is_right(small))
        assert differences(small, "sums") == 0
        for start in range(12):
            small.execute(
                f"insert into items select i, i from generate_series({1000 + start * 8000},"
                f" {start * 8000 + 8999}) i on conflict (id) do update set n = excluded.n + 1"
            )
        small.until(lambda: is_right(small))
        with changing(small, 2):
            small.until(lambda: engine_of(small, "sums") == "rows", timeout_s=120)
        small.until(lambda: is_right(small))
        tables = small.execute("SELECT relname FROM pg_class WHERE relname ~ '^shown_g[0-9]+$'")
        assert tables == [("shown_g1",)], "it was never filled again"


@pytest.mark.timeout(240)
def test_a_sink_that_is_behind_is_waited_for(small: Small) -> None:
    """A row that comes and goes meanwhile is no change between the two ends; such a sink has it."""
    with at_work(small):
        small.until(lambda: is_right(small))
        assert small.processes.stop_one("materialize") == 0
        with changing(small, 3):
            with psycopg.connect(small.dsn) as reader:
                reader.execute("LOCK TABLE shown_g1 IN ACCESS EXCLUSIVE MODE")
                small.processes.start("materialize")
                small.until(lambda: "far behind" in small.processes.tail("materialize"))
                assert engine_of(small, "shown") == "DuckDB"
            small.until(lambda: engine_of(small, "shown") == "rows")
        small.until(lambda: is_right(small))


@pytest.mark.timeout(300)
def test_a_kill_at_any_moment_of_a_hand_over_loses_and_doubles_nothing(small: Small) -> None:
    rng = random.Random(3)
    with at_work(small), changing(small, 4):
        for _ in range(KILLS):
            small.until(small.is_following)
            threading.Event().wait(rng.uniform(1.0, 5.0))
            small.processes.running["materialize"].send_signal(signal.SIGKILL)
            small.processes.running.pop("materialize").wait()
            small.processes.start("materialize")
        small.until(lambda: engine_of(small, "sums") == "rows")
    with at_work(small):
        small.until(lambda: is_right(small))
        assert differences(small, "shown") == differences(small, "sums") == 0
    assert not list(small.folder.rglob("hand-over-*")), "a killed one left its folder"


@pytest.mark.timeout(240)
def test_a_view_in_which_the_engines_differ_stops(small: Small) -> None:
    with (small.folder / "rederive.toml").open("a") as file:
        file.write(CHECKED)
    with at_work(small), changing(small, 5):
        small.until(lambda: is_compared(small, "sums") and is_compared(small, "shown"))
    with duckdb.connect(small.folder / ".rederive" / STATE_FILE) as state:
        state.execute(f"UPDATE {view_table('sums')} SET total = total + 1 WHERE rest = 3")
    before = small.execute(SUMS)
    for command in ("capture", "materialize"):
        small.processes.start(command)
    small.until(lambda: bool(small.status().get("views")))
    small.execute("INSERT INTO items VALUES (9999, 3)")
    small.until(lambda: small.execute("SELECT n FROM shown WHERE id = 9999") == [(3,)])
    (problem,) = small.problems("view sums")
    assert "DuckDB and the row engine differ at" in problem["message"]
    assert "1 unlike (rest = 3)" in problem["message"] and "rebuild sums" in problem["fix"]
    checked = rederive(small.folder, "check")
    assert checked.returncode == 1 and "1 unlike (rest = 3)" in " ".join(checked.stdout.split())
    assert "view sums stopped at" in small.processes.tail("materialize")
    assert small.execute(SUMS) == before, "the sink stays at the last cut of both"
    rebuilt = rederive(small.folder, "rebuild", "sums", "--json")
    assert rebuilt.returncode == 0, rebuilt.stderr
    told = orjson.loads(rebuilt.stdout)["sinks"]["sums_table"]
    assert told.startswith("not compared: DuckDB and the row engine differ")
    small.until(lambda: is_right(small) and not small.problems("view sums"))
    assert set(small.processes.stop().values()) == {0}
