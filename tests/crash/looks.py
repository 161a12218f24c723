"""What a reader of a sink sees at one moment, and the wait for a view to get there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis
from elasticsearch import Elasticsearch, NotFoundError

from cdc.control import Control
from materializers.sinks.redis import read_live
from tests.crash.bank import Look, Processes


@contextmanager
def one_row(dsn: str, query: str) -> Iterator[Look]:
    """The statement's row, None while its table does not exist."""
    with psycopg.connect(dsn, autocommit=True) as connection:

        def look() -> object:
            try:
                return connection.execute(query).fetchone()
            except psycopg.errors.UndefinedTable:
                return None

        yield look


@contextmanager
def index_sums(url: str, index: str, field: str) -> Iterator[Look]:
    """(sum, documents) of the index behind an alias, in one search."""
    aggregations = {"total": {"sum": {"field": field}}}
    with Elasticsearch(url) as client:

        def look() -> object:
            try:
                answer = client.search(
                    index=index, size=0, aggs=aggregations, track_total_hits=True
                )
            except NotFoundError:
                return None
            return int(answer["aggregations"]["total"]["value"]), answer["hits"]["total"]["value"]

        yield look


def wait_for(processes: Processes, state: Path, views: list[str], lsn: str) -> None:
    deadline = time.monotonic() + 60
    while (control := Control.connect(state, "materialize")) is None:
        assert time.monotonic() < deadline, processes.tail("materialize")
        time.sleep(0.1)
    for view in views:
        told = control.request("wait", view=view, lsn=lsn, timeout_s=60)
        assert told["is_visible"], f"{view}: {told}\n{processes.tail('materialize')}"


@contextmanager
def live_row(url: str, sink: str, key: str) -> Iterator[Look]:
    """A document of a Redis sink, None while it does not exist."""
    with redis.Redis.from_url(url) as client:
        yield lambda: read_live(client, sink, key)
