"""A pipeline whose views are edited while it runs, and reads of its sinks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch, NotFoundError

from tests.crash.bank import Look
from tests.crash.looks import live_row
from tests.e2e.twins import Twins

TABLE = "select min(least(n, m)), max(greatest(n, m)), count(*) from pairs"


TOPS = "select lowest, highest, rows from tops"


@pytest.fixture
def twins(
    tmp_path: Path,
    topic_prefix: str,
    postgres_dsn: str,
    kafka_bootstrap: str,
    redis_url: str,
    elasticsearch_url: str,
) -> Iterator[Twins]:
    """A pipeline over both tables that runs and follows in every sink."""
    made = Twins(tmp_path / "twins", topic_prefix, postgres_dsn)
    addresses = {
        "kafka": kafka_bootstrap, "redis": redis_url, "elasticsearch": elasticsearch_url
    }  # fmt: skip
    try:
        made.begin(addresses)
        yield made
    finally:
        codes = made.end()
    assert set(codes.values()) == {0}, made.processes.tail("materialize")


@contextmanager
def index_look(url: str, index: str) -> Iterator[Look]:
    """(lowest, highest, documents) of the index behind an alias, in one search."""
    asked = {"lowest": {"min": {"field": "n"}}, "highest": {"max": {"field": "m"}}}
    with Elasticsearch(url) as client:

        def look() -> object:
            try:
                answer = client.search(index=index, size=0, aggs=asked, track_total_hits=True)
            except NotFoundError:
                return None
            found = answer["aggregations"]
            hits = answer["hits"]["total"]["value"]
            return int(found["lowest"]["value"]), int(found["highest"]["value"]), hits

        yield look


@contextmanager
def cache_look(url: str) -> Iterator[Look]:
    """One document as (n, m, 1)."""
    with live_row(url, "pairs_cache", "pair:7") as look:

        def numbers() -> object:
            found: Any = look()
            return found and (found["n"], found["m"], 1)

        yield numbers
