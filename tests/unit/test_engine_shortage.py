"""Too little memory or disk: the batch rolls back, the message names the fix, a retry works."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.errors import StateError
from tests.unit.shop import TOTALS, declare, order, rows
from tests.views.answers import engine_rows, recomputed_rows
from tests.views.feed import Feed

ROWS = 40_000


def many(feed: Feed, note_length: int) -> None:
    for number in range(ROWS):
        order(feed, number, number % 7, "1.00", f"{number:09}" * (note_length // 9))


def test_too_little_memory_stops_the_batch_and_not_the_view(feed: Feed, tmp_path: Path) -> None:
    engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
    sql = "SELECT customer, string_agg(note, ',' ORDER BY id) AS notes FROM orders GROUP BY 1"
    declare(engine, feed, "notes", sql)
    order(feed, 1, 5, "1.00", "a")
    engine.apply(feed.batch())
    many(feed, 450)
    batch = feed.batch()
    engine.store.connection.execute(
        "SET memory_limit = '12MB'; SET max_temp_directory_size = '0KB'"
    )
    with pytest.raises(StateError, match=r"View notes|Batch up to") as caught:
        engine.apply(batch)
    assert caught.value.fix and "start again" in caught.value.fix
    assert engine.views["notes"].failure is None
    assert rows(engine, "notes") == [("5", "a")]
    engine.store.connection.execute("SET memory_limit = '1GB'; RESET max_temp_directory_size")
    assert not engine.apply(batch).failures
    assert engine_rows(engine, "notes") == recomputed_rows(engine, "notes")
    engine.close()


def test_a_full_disk_is_named_and_a_restart_goes_on(tmp_path: Path) -> None:
    """A process that may write no large file meets a full disk; another one then goes on."""
    path = tmp_path / "state.duckdb"
    done = subprocess.run(
        [sys.executable, "-c", "from tests.unit import test_engine_shortage as t;"
         " import sys; t.fill_until_full(sys.argv[1])", str(path)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent.parent,
    )  # fmt: skip
    assert f"the disk of {tmp_path} is full" in done.stdout, done.stdout + done.stderr
    engine = DuckDBEngine.open(path)
    assert rows(engine, "totals") == [("5", "1.00")]
    engine.close()


def fill_until_full(path: str) -> None:
    """Run in a process of its own; prints the error."""
    from tests.unit.shop import CUSTOMERS, ORDERS

    feed = Feed([ORDERS, CUSTOMERS])
    engine = DuckDBEngine.open(Path(path), threads=1)
    declare(engine, feed, "totals", TOTALS)
    declare(engine, feed, "notes", "SELECT id, note FROM orders")
    order(feed, 1, 5, "1.00", "a")
    engine.apply(feed.batch())
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
    many(feed, 450)
    try:
        engine.apply(feed.batch())
    except StateError as error:
        sys.stdout.write(str(error))
