"""Kill -9 at random points, against the real servers: nothing lost, nothing doubled, and at no
time does any sink show a sum other than the bank's."""

from __future__ import annotations

import random
import threading
import time
from functools import partial
from pathlib import Path

import psycopg
import pytest
import redis
from elasticsearch import Elasticsearch

from materializers.sinks.redis import read_live
from tests.crash.bank import ACCOUNTS, TOTAL, Bank, Processes, Rebuilder, Watcher, write_project
from tests.crash.looks import index_sums, one_row, wait_for

KILLS = 8
SEED = 20261123


@pytest.mark.timeout(420)
def test_no_sink_ever_shows_half_a_transfer(
    tmp_path: Path,
    topic_prefix: str,
    postgres_dsn: str,
    kafka_bootstrap: str,
    redis_url: str,
    elasticsearch_url: str,
) -> None:
    rng = random.Random(SEED)
    project = tmp_path / "bank"
    prefix = topic_prefix.replace("-", "_").replace(".", "_")
    addresses = {
        "postgres": postgres_dsn,
        "kafka": kafka_bootstrap,
        "redis": redis_url,
        "elasticsearch": elasticsearch_url,
    }
    write_project(project, prefix, addresses)
    bank = Bank(postgres_dsn, rng)
    bank.open()
    stop = threading.Event()
    teller = threading.Thread(target=bank.run, args=(stop,), daemon=True)
    teller.start()
    watchers = [
        Watcher(partial(one_row, postgres_dsn, "select sum(worth), count(*) from balances")),
        Watcher(partial(one_row, postgres_dsn, "select worth, accounts from bank")),
        Watcher(partial(index_sums, elasticsearch_url, f"{prefix}balances", "worth")),
    ]
    processes = Processes(project)
    state = project / ".rederive"
    rebuilder = Rebuilder(state, "balances")
    try:
        for command in ("capture", "materialize"):
            processes.start(command)
        for watcher in watchers:
            watcher.start()
        rebuilder.start()
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.2, 5.0))
            command = rng.choice(["capture", "materialize"])
            processes.kill(command)
            processes.start(command)
        time.sleep(2)
        rebuilder.finish()
        stop.set()
        teller.join(30)
        with psycopg.connect(postgres_dsn, autocommit=True) as connection:
            row = connection.execute("select pg_current_wal_insert_lsn()").fetchone()
            assert row is not None
            connection.execute("select pg_logical_emit_message(true, 'test', 'end')")
        wait_for(processes, state, ["balances", "bank"], row[0])
        seen = [watcher.finish() for watcher in watchers]
        assert processes.stop() == {"capture": 0, "materialize": 0}
    finally:
        stop.set()
        for process in processes.running.values():
            process.kill()
    assert bank.transfers > 500, "the workload hardly ran"
    assert rebuilder.done > 0
    assert rebuilder.differences == 0
    message = f"seed {SEED}"
    assert seen[0] == [(TOTAL, ACCOUNTS)], message
    assert seen[1] == [(TOTAL, ACCOUNTS)], message
    assert seen[2] == [(TOTAL, ACCOUNTS)], message
    assert_equal_to_source(postgres_dsn, redis_url, elasticsearch_url, prefix)


def assert_equal_to_source(dsn: str, redis_url: str, elasticsearch_url: str, prefix: str) -> None:
    query = "select c.id, c.amount, s.amount from checking c join savings s using (id) order by 1"
    with psycopg.connect(dsn) as connection:
        source = connection.execute(query).fetchall()
        table = connection.execute("select id, checking, savings from balances order by 1")
        assert table.fetchall() == source
    with Elasticsearch(elasticsearch_url) as client:
        hits = client.search(index=f"{prefix}balances", size=1000)["hits"]["hits"]
    documents = [hit["_source"] for hit in hits]
    assert sorted((d["id"], d["checking"], d["savings"]) for d in documents) == source
    with redis.Redis.from_url(redis_url) as cache:
        cached = [read_live(cache, "balances_cache", f"{prefix}:{row[0]}") for row in source]
    assert [(d["id"], d["checking"], d["savings"]) for d in cached if d] == source
