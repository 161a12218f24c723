"""Data that a sink loses under a running pipeline, by hand or by a restart: detected even if
nothing changes, reported, and filled again from the state; what readers still see stays until
then."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from elasticsearch import Elasticsearch, NotFoundError

from materializers.delivery.delivery import Phase
from materializers.sinks.connection import SinkConnection
from rederive.stack.stack import Stack
from tests.materialize.kept_sink import ROWS, KeptSink, kept_sink
from tests.materialize.read_cache import cache_reader

FOREIGN = "somebody-elses"


def heals(kept: KeptSink, lose: Callable[[], object], caplog: pytest.LogCaptureFixture) -> None:
    """Do it, see that it is noticed, said and put right, and that changes go on flowing. A reader
    sees all rows or, once they are lost, none."""
    whole, told = kept.rows(), set[str]()
    lose()

    def is_noticed() -> bool:
        told.add(kept.delivery.status.error)
        assert dict(kept.read()) in ({}, whole)
        return told != {""} and kept.is_right()

    kept.until(is_noticed)
    said = [r.getMessage() for r in caplog.records if "put right from the state" in r.getMessage()]
    assert len(said) == 1 and any("put right from the state" in text for text in told)
    kept.put({1: 7, 1000: 7})
    kept.until(kept.is_right)
    assert kept.read()[1000] == 7


# PostgreSQL


@pytest.fixture
def table(tmp_path: Path, postgres_dsn: str) -> Iterator[KeptSink]:
    with psycopg.connect(postgres_dsn, autocommit=True) as database:

        def read() -> Mapping[int, int]:
            try:
                return dict(database.execute("SELECT id, n FROM shown").fetchall())
            except psycopg.errors.UndefinedTable:
                return {}

        connection = SinkConnection("analytics", "postgresql", {"dsn": postgres_dsn})
        with kept_sink(tmp_path, connection, {}, read) as kept:
            yield kept


@pytest.mark.parametrize(
    "statements",
    [
        "DROP VIEW shown",
        "TRUNCATE shown_g1",
        "DROP TABLE shown_g1 CASCADE",
        "CREATE OR REPLACE VIEW shown AS SELECT 1 AS id, 1 AS n WHERE false",
        "DELETE FROM rederive.generations",
        "DROP TABLE rederive.generations",
        "DROP SCHEMA rederive CASCADE",
        "DROP TABLE shown_g1 CASCADE; DROP SCHEMA rederive CASCADE",
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
    ],
)
def test_postgresql(
    table: KeptSink, postgres_dsn: str, statements: str, caplog: pytest.LogCaptureFixture
) -> None:
    def lose() -> None:
        with psycopg.connect(postgres_dsn, autocommit=True) as database:
            database.execute(statements.encode())

    heals(table, lose, caplog)


# Elasticsearch


@pytest.fixture
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with closing(Elasticsearch(elasticsearch_url)) as opened:
        yield opened


@pytest.fixture
def index(
    tmp_path: Path, elasticsearch_url: str, client: Elasticsearch, index_prefix: str
) -> Iterator[KeptSink]:
    def read() -> Mapping[int, int]:
        try:
            found = client.search(index=index_prefix, size=1000).body["hits"]["hits"]
        except NotFoundError:
            return {}
        return {hit["_source"]["id"]: hit["_source"]["n"] for hit in found}

    connection = SinkConnection("search", "elasticsearch", {"hosts": [elasticsearch_url]})
    with kept_sink(tmp_path, connection, {"index": index_prefix}, read) as kept:
        yield kept


def alias(action: str, index: str) -> Callable[[Elasticsearch, str], object]:
    """Does that to the alias and an index of ours or of somebody else."""

    def change(client: Elasticsearch, name: str) -> None:
        full = f"{name}-{index}"
        if index == FOREIGN:
            client.indices.create(index=full)
        actions = [{action: {"index": full, "alias": name}}]
        if index == FOREIGN and action == "add":
            actions.append({"remove": {"index": f"{name}-g000001", "alias": name}})
        client.indices.update_aliases(actions=actions)

    return change


def alias_beside(client: Elasticsearch, name: str) -> None:
    client.indices.create(index=f"{name}-{FOREIGN}")
    client.indices.put_alias(index=f"{name}-{FOREIGN}", name=name)


def without_documents(client: Elasticsearch, name: str) -> None:
    index = f"{name}-g000001"
    body = [{"delete": {"_id": str(number)}} for number in range(ROWS)]
    client.bulk(index=index, operations=body, refresh=True)


LOSSES_OF_AN_INDEX: list[Callable[[Elasticsearch, str], object]] = [
    lambda client, name: client.indices.delete(index=f"{name}-g000001"),
    without_documents,
    alias("remove", "g000001"),
    alias("add", FOREIGN),
    alias_beside,
    lambda client, name: client.delete(index="rederive-cuts", id=f"{name}-g000001"),
    lambda client, name: client.indices.delete(index=f"{name}-g000001,rederive-cuts"),
]


@pytest.mark.parametrize("lose", LOSSES_OF_AN_INDEX)
def test_elasticsearch(
    index: KeptSink,
    client: Elasticsearch,
    index_prefix: str,
    lose: Callable[[Elasticsearch, str], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    heals(index, lambda: lose(client, index_prefix), caplog)
    indices = client.indices.get_alias(name=index_prefix).body
    assert len(indices) == 1 and f"{index_prefix}-{FOREIGN}" not in indices


# Redis


@pytest.fixture
def cache(tmp_path: Path, redis_url: str) -> Iterator[KeptSink]:
    with closing(redis.Redis.from_url(redis_url)) as client:
        connection = SinkConnection("cache", "redis", {"url": redis_url})
        with kept_sink(tmp_path, connection, {}, cache_reader(client)) as kept:
            yield kept


LOSSES_OF_KEYS: list[Callable[[Any], object]] = [
    lambda client: client.delete("shown_sink:live"),
    lambda client: client.set("shown_sink:live", "shown_sink:77:"),
    lambda client: client.set("shown_sink:live", "nothing"),
    lambda client: client.delete("shown_sink:generations"),
    lambda client: client.hdel("shown_sink:generations", "1:version", "1:cut"),
    lambda client: client.delete("shown_sink:generations", "shown_sink:live"),
    lambda client: client.delete(*client.keys("shown_sink:*")),
    lambda client: client.delete(*client.keys("shown_sink:1:*")),
    lambda client: client.flushdb(),
]


@pytest.mark.parametrize("lose", LOSSES_OF_KEYS)
def test_redis(
    cache: KeptSink,
    redis_url: str,
    lose: Callable[[Any], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with closing(redis.Redis.from_url(redis_url)) as client:
        heals(cache, lambda: lose(client), caplog)


def test_a_redis_that_comes_back_empty(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stack = Stack(tmp_path / "own", ("redis",))
    url = stack.start().redis_url or ""
    try:
        with closing(redis.Redis.from_url(url)) as client:

            def read() -> Mapping[int, int]:
                try:
                    return cache_reader(client)()
                except redis.ConnectionError:
                    return {}

            connection = SinkConnection("cache", "redis", {"url": url})
            with kept_sink(tmp_path, connection, {}, read) as kept:
                stack.stop()
                shutil.rmtree(tmp_path / "own" / "redis" / "data")
                kept.until(lambda: kept.delivery.status.phase is Phase.RETRYING)
                stack.start()
                kept.until(kept.is_right)
    finally:
        stack.stop()
    assert "cannot be reached" in caplog.text
