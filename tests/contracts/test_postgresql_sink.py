"""The PostgreSQL sink keeps the contract, and does what only it does."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.contracts.opened_sinks import OpenedSinks
from tests.contracts.sink_contract import OpenFor, ReadersContract
from tests.contracts.view_rows import Row


class TestPostgresqlSink(ReadersContract):
    @pytest.fixture
    def open_for(self, postgres_dsn: str) -> Iterator[OpenFor]:
        with ExitStack() as stack:
            sinks = OpenedSinks(stack, "postgresql", {"dsn": postgres_dsn})
            yield lambda schema: sinks.open(schema, f"{schema.name}_table")

    @pytest.fixture
    def read_live(self, postgres_dsn: str) -> Callable[[], list[Row]]:
        def read() -> list[Row]:
            with psycopg.connect(postgres_dsn, row_factory=dict_row) as connection:
                return [*connection.execute("SELECT * FROM orders")]

        return read
