"""What users add to a PostgreSQL sink's objects survives: comments, indexes, views on top."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from materializers.errors import SinkError
from materializers.sinks.postgresql.name import generation_name
from tests.contracts.opened_sinks import OpenedSinks
from tests.contracts.view_rows import ORDERS, order, scanned, step, view

Database = psycopg.Connection[Any]


@pytest.fixture
def sinks(postgres_dsn: str) -> Iterator[OpenedSinks]:
    with ExitStack() as stack:
        yield OpenedSinks(stack, "postgresql", {"dsn": postgres_dsn})


@pytest.fixture
def database(postgres_dsn: str) -> Iterator[Database]:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        yield connection


def comments(database: Database) -> list[str | None]:
    row = database.execute(
        "SELECT obj_description('orders'::regclass), col_description('orders'::regclass, 1)"
    ).fetchone()
    return [*row] if row is not None else []


def test_comments_are_the_users(sinks: OpenedSinks, database: Database) -> None:
    sink = sinks.open(ORDERS, "orders_table")
    sink.create(1)
    sink.switch(1)
    assert comments(database) == [None, None]
    database.execute("COMMENT ON VIEW orders IS 'ours'; COMMENT ON COLUMN orders.id IS 'key'")
    database.execute("COMMENT ON TABLE orders_g1 IS 'mine'")
    sink.write(1, step(ORDERS, 1, [order(1)]))
    sink.create(2)
    sink.switch(2)
    sink.drop(1)
    assert comments(database) == ["ours", "key"]
    other = view("orders", ["id"], id="bigint", more="text")
    changed = sinks.open(other, "orders_table")
    changed.create(3)
    changed.switch(3)
    assert comments(database) == ["ours", "key"], "made anew, because its columns differ"
    assert sorted(changed.generations()) == [2, 3]


def test_a_view_of_the_users_own_is_not_taken(sinks: OpenedSinks, database: Database) -> None:
    sink = sinks.open(ORDERS, "orders_table")
    sink.create(1)
    sink.switch(1)
    database.execute("DROP VIEW orders; CREATE VIEW orders AS SELECT 1 AS mine")
    with pytest.raises(SinkError, match='"orders" exists and is not of sink orders_table'):
        sink.switch(1)
    assert database.execute("SELECT mine FROM orders").fetchone() == (1,)


def indexes(database: Database, table: str) -> dict[str, str]:
    """A table's indexes but the key's: name -> columns."""
    rows = database.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s"
        " AND indexname NOT LIKE '%%_pkey'",
        (table,),
    )
    return {name: text.partition(" USING ")[2] for name, text in rows}


def test_indexes_outlive_a_rebuild(
    sinks: OpenedSinks, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    sink = sinks.open(ORDERS, "orders_table")
    sink.create(1)
    sink.switch(1)
    database.execute("CREATE INDEX by_status ON orders_g1 (status DESC) WHERE status <> 'x'")
    database.execute('CREATE UNIQUE INDEX "odd USING" ON orders_g1 (lower(status), id)')
    before = indexes(database, "orders_g1")
    assert len(before) == 2
    for number in (2, 3):
        sink.create(number)
        sink.write(number, step(ORDERS, number, [order(1), order(2, "paid")]))
        sink.rehearse(number)
        sink.switch(number)
        sink.switch(number)
        assert indexes(database, f"orders_g{number}") == before
        sink.drop(number - 1)
    narrow = view("orders", ["id"], id="bigint", total="numeric")
    changed = sinks.open(narrow, "orders_table")
    changed.create(4)
    changed.switch(4)
    assert indexes(database, "orders_g4") == {}
    assert "index by_status of public.orders_g3 is lost in the switch" in caplog.text


def test_a_switch_that_would_fail_is_known_before(sinks: OpenedSinks, database: Database) -> None:
    sink = sinks.open(ORDERS, "orders_table")
    sink.create(1)
    sink.switch(1)
    narrow = view("orders", ["id"], id="bigint")
    other = sinks.open(narrow, "orders_table")
    other.create(2)
    other.rehearse(2)
    assert sink.generations()[1].is_live and not sink.generations()[2].is_live
    database.execute("CREATE VIEW on_top AS SELECT status FROM orders")
    with pytest.raises(SinkError, match="drop what depends on the sink's view"):
        other.rehearse(2)
    sink.write(1, step(ORDERS, 1, [order(1)]))
    assert database.execute("SELECT status FROM on_top").fetchall() == [("new",)]


@pytest.mark.parametrize("size", [55, 56, 60, 61, 62, 63])
@pytest.mark.parametrize("letter", ["n", "é"])
def test_long_names(sinks: OpenedSinks, database: Database, size: int, letter: str) -> None:
    """Another table's name begins with the same 60 bytes."""
    name = letter * (size // len(letter.encode())) + "y" * (size % len(letter.encode()))
    assert len(name.encode()) == size
    other = name[:-1] + "z"
    for each in (name, other):
        sink = sinks.open(ORDERS, f"sink_{hashlib.md5(each.encode()).hexdigest()}", {"table": each})
        for number in (1, 2):
            sink.create(number)
            sink.write(number, step(ORDERS, number, [order(number)]))
            sink.switch(number)
        sink.drop(1)
        assert [row["id"] for row in scanned(sink, 2)] == [2]
    for each in (name, other):
        assert database.execute(f'SELECT id FROM "{each}"'.encode()).fetchall() == [(2,)]
    names = {generation_name(each, number) for each in (name, other) for number in (1, 2, 999_999)}
    assert len(names) == 6 and all(len(each.encode()) <= 63 for each in names)


def test_a_lost_record_of_the_owner_is_made_again(sinks: OpenedSinks, database: Database) -> None:
    sink = sinks.open(ORDERS, "orders_table")
    sink.create(1)
    for statement in ("DELETE FROM rederive.owners", "DROP TABLE rederive.owners"):
        database.execute(statement.encode())
        with pytest.raises(SinkError) as lost:
            sink.write(1, step(ORDERS, 1, [order(1)]))
        assert lost.value.is_retryable
        sink = sinks.open(ORDERS, "orders_table")
        sink.write(1, step(ORDERS, 1, [order(1)]))
    assert len(scanned(sink, 1)) == 1
