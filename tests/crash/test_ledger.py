"""A ledger over topics of different widths: no sink ever shows a total other than 0, during a
transaction of thousands of rows, a topic that stalls, and kill -9 of both processes."""

from __future__ import annotations

import random
import time
from decimal import Decimal
from functools import partial
from pathlib import Path

import psycopg
import pytest
from elasticsearch import Elasticsearch

from cdc.control import Control
from tests.crash.bank import Processes, Watcher
from tests.crash.hand_overs import ENGINES, await_hand_over, await_rows, lose_power
from tests.crash.ledger import (
    LARGE_ROWS,
    TABLES,
    WITNESS,
    Clerk,
    Stall,
    make_topics,
    write_project,
)
from tests.crash.looks import index_sums, live_row, one_row, wait_for
from tests.leftovers import Background

SEED = 20261125
KILLS = 4
STALL_S = 4.0
VIEWS = ["credits", "debits", "balance", "statement", "total"]


@pytest.mark.timeout(300)
def test_the_ledger_is_balanced_in_every_sink_at_all_times(
    tmp_path: Path,
    topic_prefix: str,
    places: dict[str, str],
    engine: str,
) -> None:
    dsn = places["postgres"]
    project = tmp_path / "ledger"
    write_project(project, topic_prefix, places, ENGINES[engine])
    make_topics(places["kafka"], topic_prefix)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(TABLES.encode())
        connection.execute(WITNESS.encode())
    clerk = Clerk(dsn, random.Random(SEED))
    teller = Background(clerk.run)
    watchers = watch(topic_prefix, places)
    processes = Processes(project)
    state = project / ".rederive"
    try:
        for command in ("capture", "materialize"):
            processes.start(command)
        wait_for(processes, state, VIEWS, position(dsn))
        for thread in (teller, *watchers):
            thread.start()
        kill_at_random(processes, clerk, has_rows=engine != "duckdb")
        stall(Stall(places["kafka"], f"{topic_prefix}.public.paid_in"), processes, clerk, state)
        teller.end()
        wait_for(processes, state, VIEWS, position(dsn))
        seen = [watcher.finish() for watcher in watchers]
        assert processes.stop() == {"capture": 0, "materialize": 0}
    finally:
        teller.end()
    assert clerk.error is None
    assert clerk.transactions > 200, "the workload hardly ran"
    assert [totals(values) for values in seen] == [{0}] * len(watchers), f"seed {SEED}: {seen}"
    check_tables(dsn)
    check_index(dsn, places["elasticsearch"], topic_prefix)


def watch(prefix: str, addresses: dict[str, str]) -> list[Watcher]:
    """Readers of every sink; each reads a total, and figures that change."""
    search, postgres = addresses["elasticsearch"], addresses["postgres"]
    return [
        Watcher(partial(one_row, postgres, "SELECT total, moved FROM total")),
        Watcher(partial(one_row, postgres, "SELECT sum(balance) FROM balance")),
        Watcher(partial(one_row, postgres, "SELECT sum(balance) FROM statement")),
        Watcher(partial(index_sums, search, f"{prefix}balance", "balance")),
        Watcher(partial(index_sums, search, f"{prefix}total", "total")),
        Watcher(partial(live_row, addresses["redis"], "total_cache", f"{prefix}:bank")),
    ]


def totals(seen: list[object]) -> set[object]:
    """The totals alone."""
    return {
        value["total"] if isinstance(value, dict) else value[0]
        for value in seen
        if isinstance(value, (dict, tuple))
    }


def position(dsn: str) -> str:
    """A position in the log after every commit so far."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        assert row is not None
        connection.execute("SELECT pg_logical_emit_message(true, 'test', 'end')")
    return str(row[0])


def kill_at_random(processes: Processes, clerk: Clerk, *, has_rows: bool) -> None:
    """Kill processes while transfers go on, one of them in a transaction of thousands of rows.
    `has_rows`: views are handed over to the row engine, and materialize is killed meanwhile."""
    state = processes.project / ".rederive"
    for number in range(KILLS):
        time.sleep(clerk.rng.uniform(0.5, 3.0))
        command = ("capture", "materialize")[number % 2]
        if has_rows and command == "materialize":
            await_hand_over(state, clerk.rng)
        if number >= KILLS - 2:
            clerk.book(LARGE_ROWS)
            time.sleep(clerk.rng.uniform(0.0, 0.3))
        processes.kill(command)
        if command == "materialize":
            lose_power(state, clerk.rng)
        processes.start(command)
    if has_rows:
        await_rows(processes)


def stall(stall: Stall, processes: Processes, clerk: Clerk, state: Path) -> None:
    """While one topic stalls no view moves past the cut that all topics have; then all catch up."""
    wait_for(processes, state, VIEWS, position(clerk.dsn))
    stall.begin()
    clerk.book(LARGE_ROWS)
    behind = position(clerk.dsn)
    control = Control.connect(state, "materialize")
    assert control is not None
    assert not control.request("wait", view="total", lsn=behind, timeout_s=STALL_S)["is_visible"]
    processes.kill("materialize")
    processes.start("materialize")
    time.sleep(1)
    stall.end()
    wait_for(processes, state, VIEWS, behind)


def check_tables(dsn: str) -> None:
    """Check what the sinks' tables held after each of their transactions, and hold in the end."""
    with psycopg.connect(dsn) as connection:
        witnessed = connection.execute("SELECT DISTINCT place, total FROM witnessed").fetchall()
        assert sorted(witnessed) == [
            (place, Decimal(0)) for place in ("balance", "statement", "total")
        ]
        source = connection.execute(
            "SELECT a.id, coalesce((SELECT sum(amount) FROM paid_in WHERE account = a.id), 0)"
            " - coalesce((SELECT sum(amount) FROM paid_out WHERE account = a.id), 0)"
            " FROM accounts a ORDER BY 1"
        ).fetchall()
        kept = connection.execute("SELECT id, balance FROM statement ORDER BY 1").fetchall()
        assert kept == source


def check_index(dsn: str, url: str, prefix: str) -> None:
    with psycopg.connect(dsn) as connection:
        kept = connection.execute("SELECT account, balance FROM balance ORDER BY 1").fetchall()
    with Elasticsearch(url) as client:
        hits = client.search(index=f"{prefix}balance", size=1000)["hits"]["hits"]
    assert sorted((h["_source"]["account"], h["_source"]["balance"]) for h in hits) == kept
