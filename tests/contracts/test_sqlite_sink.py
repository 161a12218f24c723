"""The example of a program's own sink keeps the contract, and its type works like the others."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from examples.embedded.sqlite_sink import SQLITE
from rederive.sinks import SinkError, register_sink
from tests.contracts.opened_sinks import FIRST, OpenedSinks
from tests.contracts.owners_contract import OpenFor
from tests.contracts.sink_contract import ReadersContract
from tests.contracts.view_rows import EVERYTHING, ORDERS, Row, everything, order, step, view


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.sqlite"


@pytest.fixture
def sinks(file: Path) -> Iterator[OpenedSinks]:
    register_sink(SQLITE)
    with ExitStack() as stack:
        yield OpenedSinks(stack, "sqlite", {"file": str(file)})


def rows_of(file: Path, statement: str) -> list[Row]:
    with closing(sqlite3.connect(file, timeout=10)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(statement)]


class TestSqliteSink(ReadersContract):
    @pytest.fixture
    def open_for(self, sinks: OpenedSinks) -> OpenFor:
        return lambda schema, by=FIRST: sinks.open(schema, f"{schema.name}_file", by=by)

    @pytest.fixture
    def read_live(self, file: Path) -> Callable[[], list[Row]]:
        return lambda: rows_of(file, "SELECT * FROM orders")

    def test_columns_of_any_name(self, open_for: OpenFor) -> None:
        with pytest.raises(SinkError, match="differ by case only") as refused:
            open_for(view("odd", ["id"], id="bigint", ID="text"))
        assert "AS" in refused.value.fix
        sink = open_for(view("odd", ["#"], **{"#": "bigint", "#deleted": "text"}))
        sink.create(1)


def test_readers_query_values(sinks: OpenedSinks, file: Path) -> None:
    sink = sinks.open(EVERYTHING, "everything_file")
    sink.create(1)
    sink.write(1, step(EVERYTHING, 1, [everything(7)]))
    sink.switch(1)
    (row,) = rows_of(file, "SELECT id, c2, c5, c6, c7, c10 FROM everything")
    quoted = 'a "quoted" \\ text,\n\ttab, \u2028 and Grüße 🚀'
    assert row == {
        "id": 7, "c2": 2**63 - 1, "c5": 0.1, "c6": 1, "c7": quoted, "c10": "2013-01-31"
    }  # fmt: skip


def test_what_is_others_is_left_alone(sinks: OpenedSinks, file: Path) -> None:
    sinks.open(ORDERS, "orders_file")
    with pytest.raises(SinkError, match="is not of sink another"):
        sinks.open(ORDERS, "another")
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE mine (n)")
        database.execute("CREATE TABLE theirs_g1 (n)")
    for table, does in (("mine", "switch"), ("theirs", "create")):
        sink = sinks.open(ORDERS, table, {"table": table})
        with pytest.raises(SinkError, match="already exists") as refused:
            sink.create(1)
            sink.write(1, step(ORDERS, 1, [order(1)]))
            sink.switch(1)
        assert not refused.value.is_retryable
        assert len(sink.generations()) == (does == "switch")
    assert rows_of(file, "SELECT * FROM mine") == rows_of(file, "SELECT * FROM theirs_g1") == []


def test_a_file_that_is_no_database(sinks: OpenedSinks, file: Path) -> None:
    file.write_text("no database, but longer than its header would have to be\n" * 30)
    with pytest.raises(SinkError, match="file is not a database") as refused:
        sinks.open(ORDERS, "orders_file")
    assert not refused.value.is_retryable
