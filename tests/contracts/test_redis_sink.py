"""The Redis sink keeps the contract, and its own promises."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any, TypeAlias

import pytest
import redis

from materializers.errors import SinkError
from materializers.sinks.redis import read_live
from tests.contracts.opened_sinks import FIRST, OpenedSinks
from tests.contracts.owners_contract import OpenFor
from tests.contracts.sink_contract import ReadersContract, SinkContract
from tests.contracts.view_rows import LINES, ORDERS, Row, line, order, scanned, step

Client: TypeAlias = Any  # redis-py types each answer as "maybe awaitable"

READ = """
local prefix = redis.call('GET', 'orders_cache:live')
return redis.call('MGET', unpack(redis.call('KEYS', prefix .. '*')))
"""


class TestRedisSink(ReadersContract):
    """As JSON documents."""

    @pytest.fixture
    def open_for(self, redis_url: str) -> Iterator[OpenFor]:
        with ExitStack() as stack:
            sinks = OpenedSinks(stack, "redis", {"url": redis_url})
            yield lambda schema, by=FIRST: sinks.open(schema, f"{schema.name}_cache", by=by)

    @pytest.fixture
    def read_live(self, redis_url: str) -> Callable[[], list[Row]]:
        client = redis.Redis.from_url(redis_url)
        return lambda: [json.loads(value) for value in client.eval(READ, 0)]


class TestRedisSinkOfHashes(SinkContract):
    """As hashes of texts."""

    @pytest.fixture
    def open_for(self, redis_url: str) -> Iterator[OpenFor]:
        with ExitStack() as stack:
            sinks = OpenedSinks(stack, "redis", {"url": redis_url})
            options = {"type": "hash"}
            yield lambda schema, by=FIRST: sinks.open(schema, f"{schema.name}_cache", options, by)


@pytest.fixture
def sinks(redis_url: str) -> Iterator[OpenedSinks]:
    with ExitStack() as stack:
        yield OpenedSinks(stack, "redis", {"url": redis_url})


@pytest.fixture
def client(redis_url: str) -> Iterator[Client]:
    with closing(redis.Redis.from_url(redis_url)) as opened:
        yield opened


@pytest.mark.parametrize("type_", ["json", "string", "hash"])
def test_an_application_reads_through_the_pointer(
    sinks: OpenedSinks, client: Client, type_: str
) -> None:
    options = {"key_pattern": "order:{id}", "type": type_}
    sink = sinks.open(ORDERS, "orders_cache", options)
    assert read_live(client, "orders_cache", "order:7") is None
    sink.create(1)
    sink.write(1, step(ORDERS, 1, [order(7, "new", None)]))
    assert read_live(client, "orders_cache", "order:7") is None
    sink.switch(1)
    row = read_live(client, "orders_cache", "order:7")
    assert row is not None
    assert (str(row["id"]), row["status"], row.get("total")) == ("7", "new", None)
    assert read_live(client, "orders_cache", "order:8") is None
    assert client.get("orders_cache:live") == b"orders_cache:1:"
    assert client.exists("orders_cache:1:order:7")


def test_a_set_holds_the_rest_of_the_key(sinks: OpenedSinks, client: Client) -> None:
    options = {"key_pattern": "customer:{customer}", "type": "set"}
    sink = sinks.open(LINES, "lines_cache", options)
    sink.create(1)
    rows = [line("a", 1), line("a", 2), line("b:", 1)]
    sink.write(1, step(LINES, 1, rows))
    sink.write(1, step(LINES, 2, [line("a", 3)], [line("a", 1)]))
    assert client.smembers("lines_cache:1:customer:a") == {b"2", b"3"}
    client.set("lines_cache:1:customer:b:", "a mistake")
    sink.write(1, step(LINES, 3, [line("b:", 1)]))
    client.set("lines_cache:1:customer:c", "a mistake")
    sink.write(1, step(LINES, 4, [], [line("c", 1)]))
    assert sorted((row["key"], row["member"]) for row in sink.scan(1)) == [
        ("lines_cache:1:customer:a", "2"),
        ("lines_cache:1:customer:a", "3"),
        ("lines_cache:1:customer:b:", "1"),
    ]


@pytest.mark.parametrize("type_", ["json", "hash"])
def test_every_write_starts_the_ttl_anew(sinks: OpenedSinks, client: Client, type_: str) -> None:
    sink = sinks.open(ORDERS, "orders_cache", {"ttl": "1 day", "type": type_})
    sink.create(1)
    sink.write(1, step(ORDERS, 1, [order(1)]))
    assert 86_390 < client.ttl("orders_cache:1:orders:1") <= 86_400
    client.expire("orders_cache:1:orders:1", 5)
    sink.write(1, step(ORDERS, 2, [order(1)]))
    assert 86_390 < client.ttl("orders_cache:1:orders:1") <= 86_400


def test_what_a_killed_redis_lost_is_noticed(sinks: OpenedSinks, client: Client) -> None:
    """After a restart without its last second, rows and cut are older than delivered."""
    sink = sinks.open(ORDERS, "orders_cache")
    sink.create(1)
    sink.write(1, step(ORDERS, 5, [order(1)]))
    sink.write(1, step(ORDERS, 6, [order(2)]))
    client.delete("orders_cache:1:orders:2")
    client.hset("orders_cache:generations", mapping={"1:version": "5", "1:begun": "5"})
    with pytest.raises(SinkError, match="has lost the last steps") as lost:
        sink.write(1, step(ORDERS, 7, [order(3)]))
    assert lost.value.is_retryable
    assert sink.generations()[1].version == 5
    sink.write(1, step(ORDERS, 6, [order(2)]))
    assert [row["id"] for row in scanned(sink, 1)] == [1, 2]


@pytest.mark.parametrize("type_", ["json", "hash"])
def test_a_short_step_is_one_command(sinks: OpenedSinks, client: Client, type_: str) -> None:
    sink = sinks.open(ORDERS, "orders_cache", {"type": type_})
    sink.create(1)
    sink.write(1, step(ORDERS, 1, [order(1)]))
    sink.write(1, step(ORDERS, 2, [order(2), order(3)], [order(1)]))
    client.config_resetstat()
    sink.write(1, step(ORDERS, 3, [order(at) for at in range(3, 900)], [order(2)]))
    calls = {name: each["calls"] for name, each in client.info("commandstats").items()}
    assert calls["cmdstat_evalsha"] == 1
    assert not calls.keys() & {"cmdstat_multi", "cmdstat_exec", "cmdstat_eval", "cmdstat_get"}
    client.script_flush()
    sink.write(1, step(ORDERS, 4, [order(5, "paid")]))
    sink.write(1, step(ORDERS, 5, []))
    rows = scanned(sink, 1)
    assert sorted(int(row["id"]) for row in rows) == [*range(3, 900)]
    assert [int(row["id"]) for row in rows if row["status"] == "paid"] == [5]
    assert sink.generations()[1].version == 5


def test_a_short_step_that_is_older_is_ignored(sinks: OpenedSinks, client: Client) -> None:
    one = sinks.open(ORDERS, "orders_cache")
    one.create(1)
    one.write(1, step(ORDERS, 5, [order(1)]))
    one.write(1, step(ORDERS, 4, [order(1, "old"), order(2)], []))
    assert [(row["id"], row["status"]) for row in scanned(one, 1)] == [(1, "new")]
    assert one.generations()[1].version == 5
    one.write(1, step(ORDERS, 6, [order(2)]))
    assert [row["id"] for row in scanned(one, 1)] == [1, 2]


def test_keys_of_others_are_left_alone(sinks: OpenedSinks, client: Client) -> None:
    client.mset({"orders_cache:12:x": "mine", "orders_cachet": "mine", "orders:1": "mine"})
    sink = sinks.open(ORDERS, "orders_cache")
    sink.create(1)
    sink.write(1, step(ORDERS, 1, [order(1)]))
    sink.drop(1)
    assert sorted(client.keys("*")) == [
        b"orders:1", b"orders_cache:12:x", b"orders_cache:alive", b"orders_cache:generations",
        b"orders_cachet",
    ]  # fmt: skip
    client.delete("orders_cache:generations")
    client.rpush("orders_cache:generations", "a list")
    with pytest.raises(SinkError, match="exists and is not of sink orders_cache"):
        sink.create(1)


def test_a_sink_name_with_wildcards(sinks: OpenedSinks, client: Client) -> None:
    client.set("orders_x:1:a", "mine")
    sink = sinks.open(ORDERS, "orders_[a-z*?^\\]")
    sink.create(1)
    sink.write(1, step(ORDERS, 1, [order(1)]))
    assert len(scanned(sink, 1)) == 1
    sink.drop(1)
    assert [key for key in client.keys("*") if not key.startswith(b"orders_[")] == [b"orders_x:1:a"]


@pytest.fixture
def account(redis_url: str, client: Client) -> Iterator[tuple[str, str]]:
    """A user without rights on the sink's keys: name and URL."""
    name = f"user{uuid.uuid4().hex}"
    client.execute_command("ACL", "SETUSER", name, "on", ">secret", "~other:*", "+@all")
    yield name, redis_url.replace("redis://", f"redis://{name}:PASSWORD@")
    client.execute_command("ACL", "DELUSER", name)


@pytest.mark.parametrize(
    ("password", "words"),
    [("wrong", "Fix: correct user and password"), ("secret", "Fix: grant the user")],
)
def test_a_refused_user(account: tuple[str, str], password: str, words: str) -> None:
    with ExitStack() as stack:
        url = account[1].replace("PASSWORD", password)
        sink = OpenedSinks(stack, "redis", {"url": url}).unclaimed(ORDERS, "orders_cache")
        with pytest.raises(SinkError, match=words) as refused:
            sink.claim("run", None)
        assert not refused.value.is_retryable
        assert password not in str(refused.value)


def test_a_full_memory_refuses_the_step_whole(sinks: OpenedSinks, client: Client) -> None:
    sink = sinks.open(ORDERS, "orders_cache")
    sink.create(1)
    sink.write(1, step(ORDERS, 1, [order(1)]))
    sink.switch(1)
    client.config_set("maxmemory", "1")
    try:
        with pytest.raises(SinkError, match="raise maxmemory") as full:
            sink.write(1, step(ORDERS, 2, [order(number) for number in range(3000)]))
    finally:
        client.config_set("maxmemory", "0")
    assert full.value.is_retryable
    assert len(scanned(sink, 1)) == 1
    sink.write(1, step(ORDERS, 2, [order(number) for number in range(3000)]))
    assert len(scanned(sink, 1)) == 3000
