"""A pipeline with rows that its targets refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.commands import rederive
from tests.e2e.small import Small, write_small

SINKS = """
[sink.search]
type = "elasticsearch"
hosts = ["{elasticsearch}"]
[sink.cache]
type = "redis"
url = "{redis}"
"""


VIEWS = """
CREATE MATERIALIZED VIEW shown AS SELECT id, name, facts FROM items;
CREATE SINK shown_table FROM shown WITH (connection = 'analytics', table = 'shown');
CREATE SINK shown_index FROM shown WITH (connection = 'search', index = '{prefix}shown');
CREATE MATERIALIZED VIEW named AS SELECT name, count(*) AS n FROM items GROUP BY name;
CREATE SINK named_table FROM named WITH (connection = 'analytics', table = 'named');
CREATE MATERIALIZED VIEW cached AS SELECT id, name FROM items;
CREATE SINK cached_rows FROM cached
    WITH (connection = 'cache', key_pattern = 'item:{{id}}', ttl = '1 day');
"""


TABLE = "create table items (id int primary key, name text not null, facts jsonb)"


ROWS = """insert into items select i, 'n' || i, jsonb_build_object('kg', i) from
    generate_series(1, 50) i"""


@pytest.fixture
def small(
    tmp_path: Path,
    topic_prefix: str,
    index_prefix: str,
    postgres_dsn: str,
    kafka_bootstrap: str,
    redis_url: str,
    elasticsearch_url: str,
) -> Iterator[Small]:
    small = write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)
    toml = small.folder / "rederive.toml"
    more = SINKS.format(elasticsearch=elasticsearch_url, redis=redis_url)
    toml.write_text(toml.read_text() + more)
    (small.folder / "views" / "shown.sql").write_text(VIEWS.format(prefix=index_prefix))
    small.execute(TABLE, ROWS)
    try:
        for command in ("capture", "materialize"):
            small.processes.start(command)
        small.until(small.is_following)
        yield small
    finally:
        codes = small.processes.stop()
    assert set(codes.values()) <= {0}, small.processes.tail("materialize")


def letters(small: Small, *words: str) -> list[dict[str, Any]]:
    shown = rederive(small.folder, "dead-letters", "list", *words, "--json")
    assert shown.returncode == 0, shown.stderr
    return list(orjson.loads(shown.stdout))


def set_aside(small: Small) -> list[tuple[str, Any]]:
    """Sink and key of each dead letter."""
    found = ((each["sink"], next(iter(each["key"].values()))) for each in letters(small))
    return sorted(found, key=repr)
