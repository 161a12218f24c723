"""Rows that are too large for Redis are set aside."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
import redis

from materializers.step import Step
from tests.contracts.opened_sinks import OpenedSinks
from tests.contracts.refusal_contract import Case, Kept, RefusalContract
from tests.contracts.view_rows import Row, batch, step, view

THINGS = view("things", ["id"], id="bigint", name="text")
NAMED = view("named", ["name"], name="text", n="integer")
LARGE = "x" * (2**20 + 1)


@pytest.fixture
def client(redis_url: str) -> Iterator[Any]:
    """A server that accepts at most 1 MiB in an argument."""
    with closing(redis.Redis.from_url(redis_url)) as opened:
        before: Any = opened.config_get("proto-max-bulk-len")
        opened.config_set("proto-max-bulk-len", 2**20)
        yield opened
        opened.config_set("proto-max-bulk-len", before["proto-max-bulk-len"])


@pytest.fixture
def sinks(redis_url: str, client: Any) -> Iterator[OpenedSinks]:
    with ExitStack() as stack:
        yield OpenedSinks(stack, "redis", {"url": redis_url})


def thing(number: int, name: str = "x") -> Row:
    return {"id": number, "name": name}


class TestRedisRefusals(RefusalContract):
    @pytest.fixture(params=["json", "hash"])
    def case(self, sinks: OpenedSinks, request: pytest.FixtureRequest) -> Case:
        options = {"type": request.param}
        return Case(
            lambda: sinks.open(THINGS, "things_cache", options),
            THINGS,
            thing,
            lambda number: thing(number, LARGE),
        )


def test_a_key_that_is_too_long(sinks: OpenedSinks) -> None:
    sink, kept = sinks.open(NAMED, "named_cache"), Kept()
    sink.create(1)
    rows: list[Row] = [{"name": name, "n": 1} for name in ("a", LARGE, "b")]
    sink.write(1, Step(1, "{}", [batch(NAMED, rows)], [], kept))
    assert [row["name"] for row in kept.rows] == [LARGE]
    assert "proto-max-bulk-len = 1,048,576" in kept.reasons[0]
    sink.write(1, step(NAMED, 2, [], rows[1:]))
    assert list(sink.scan(1)) == rows[:1]


def test_many_large_rows_are_no_excess(sinks: OpenedSinks) -> None:
    sink = sinks.open(THINGS, "things_cache")
    sink.create(1)
    rows = [thing(number, "y" * 900_000) for number in range(60)]
    sink.write(1, step(THINGS, 1, rows))
    sink.switch(1)
    sink.write(1, step(THINGS, 2, rows))
    assert len(list(sink.scan(1))) == 60
