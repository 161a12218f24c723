"""The Redis sink keeps the contract, and does what only it does."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import redis

from tests.contracts.opened_sinks import OpenedSinks
from tests.contracts.sink_contract import OpenFor, ReadersContract
from tests.contracts.view_rows import Row

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
            yield lambda schema: sinks.open(schema, f"{schema.name}_cache")

    @pytest.fixture
    def read_live(self, redis_url: str) -> Callable[[], list[Row]]:
        client = redis.Redis.from_url(redis_url)
        return lambda: [json.loads(value) for value in client.eval(READ, 0)]
