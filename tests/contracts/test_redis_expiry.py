"""Expired rows stay away, also after a rebuild of the view."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
import redis

from materializers.sinks.sink import Sink
from tests.contracts.opened_sinks import OpenedSinks
from tests.contracts.view_rows import ORDERS, Row, order, step

DAY_MS = 86_400_000


@pytest.fixture
def client(redis_url: str) -> Iterator[Any]:
    with closing(redis.Redis.from_url(redis_url)) as opened:
        yield opened


@pytest.fixture
def sinks(redis_url: str) -> Iterator[OpenedSinks]:
    with ExitStack() as stack:
        yield OpenedSinks(stack, "redis", {"url": redis_url})


def lived(sinks: OpenedSinks, client: Any, type_: str = "json") -> Sink:
    """A live generation at version 5 of the orders 1 to 3: 1 has expired, 2 expires soon."""
    sink = sinks.open(ORDERS, "orders_cache", {"ttl": "1 day", "type": type_})
    sink.create(1)
    sink.write(1, step(ORDERS, 5, [order(1), order(2), order(3)]))
    sink.switch(1)
    client.delete("orders_cache:1:orders:1")  # expired
    client.pexpire("orders_cache:1:orders:2", 1_000_000)
    return sink


def rows() -> list[Row]:
    return [order(1), order(2), order(3)]


def ids(sink: Sink, number: int) -> list[int]:
    return sorted(row["id"] for row in sink.scan(number))


@pytest.mark.parametrize("type_", ["json", "hash"])
def test_ends_are_taken_over(sinks: OpenedSinks, client: Any, type_: str) -> None:
    sink = lived(sinks, client, type_)
    sink.create(2)
    sink.write(2, step(ORDERS, 5, rows()))
    sink.write(2, step(ORDERS, 6, [order(4)]))
    sink.write(1, step(ORDERS, 6, [order(4)]))
    client.pexpire("orders_cache:2:orders:4", 5_000_000)  # a ttl of its own, not the live row's
    sink.switch(2)
    assert ids(sink, 2) == [2, 3, 4]
    assert 900_000 < client.pttl("orders_cache:2:orders:2") <= 1_000_000
    assert DAY_MS - 60_000 < client.pttl("orders_cache:2:orders:3") <= DAY_MS
    assert 4_900_000 < client.pttl("orders_cache:2:orders:4") <= 5_000_000


def test_a_row_that_has_ended_and_changes_comes_back(sinks: OpenedSinks, client: Any) -> None:
    sink = lived(sinks, client)
    sink.create(2)
    sink.write(2, step(ORDERS, 5, rows()))
    sink.write(2, step(ORDERS, 6, [order(1, "paid")]))
    sink.write(1, step(ORDERS, 5))
    sink.switch(2)
    assert ids(sink, 2) == [1, 2, 3]
    assert client.pttl("orders_cache:2:orders:1") > 0


def test_what_the_live_generation_may_not_know_begins_anew(sinks: OpenedSinks, client: Any) -> None:
    sink = lived(sinks, client)
    sink.create(2)
    sink.write(2, step(ORDERS, 7, [*rows(), order(4)]))  # 4 came after the live one's cut
    sink.switch(2)
    assert ids(sink, 2) == [1, 2, 3, 4]
    assert 900_000 < client.pttl("orders_cache:2:orders:2") <= 1_000_000
    assert client.pttl("orders_cache:2:orders:4") > DAY_MS - 60_000


@pytest.mark.parametrize(
    "options",
    [{"ttl": "1 day", "key_pattern": "o:{id}"}, {"ttl": "2 days", "key_pattern": "orders:{id}"}],
)
def test_other_keys_and_another_ttl_begin_anew(
    sinks: OpenedSinks, client: Any, options: dict[str, str]
) -> None:
    lived(sinks, client)
    sink = sinks.open(ORDERS, "orders_cache", options)
    sink.create(2)
    sink.write(2, step(ORDERS, 5, rows()))
    sink.switch(2)
    assert ids(sink, 2) == [1, 2, 3]
    key = options["key_pattern"].replace("{id}", "2")
    assert client.pttl(f"orders_cache:2:{key}") > DAY_MS - 60_000


def test_a_switch_cut_short_is_healed_by_repeating_it(sinks: OpenedSinks, client: Any) -> None:
    sink = lived(sinks, client)
    sink.create(2)
    sink.write(2, step(ORDERS, 5, rows()))
    client.delete("orders_cache:2:orders:1")  # half of the switch was done
    client.pexpire("orders_cache:2:orders:2", 77_000)
    sink.switch(2)
    sink.switch(2)
    assert ids(sink, 2) == [2, 3] and client.pttl("orders_cache:2:orders:2") <= 77_000
    assert json.loads(client.get("orders_cache:2:orders:3"))["id"] == 3
    assert not client.hexists("orders_cache:generations", "2:loaded")
