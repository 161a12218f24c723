"""The PostgreSQL sink keeps the contract, and its own promises."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from psycopg.rows import dict_row

from materializers.errors import NotOwner, SinkError
from materializers.step import EndOfStep, Step
from rederive.migrations.upgrade import downgrade, upgrade
from tests.contracts.opened_sinks import FIRST, SECOND, OpenedSinks
from tests.contracts.owners_contract import OpenFor
from tests.contracts.refusal_contract import Kept
from tests.contracts.sink_contract import ReadersContract
from tests.contracts.view_rows import (
    ARROW_TYPES,
    EVERYTHING,
    ORDERS,
    Row,
    batch,
    order,
    scanned,
    step,
    view,
)
from tests.many_files import many_files

Database = psycopg.Connection[Any]


class TestPostgresqlSink(ReadersContract):
    @pytest.fixture
    def open_for(self, postgres_dsn: str) -> Iterator[OpenFor]:
        with ExitStack() as stack:
            sinks = OpenedSinks(stack, "postgresql", {"dsn": postgres_dsn})
            yield lambda schema, by=FIRST: sinks.open(schema, f"{schema.name}_table", by=by)

    @pytest.fixture
    def read_live(self, postgres_dsn: str) -> Callable[[], list[Row]]:
        def read() -> list[Row]:
            with psycopg.connect(postgres_dsn, row_factory=dict_row) as connection:
                return [*connection.execute("SELECT * FROM orders")]

        return read


@pytest.fixture
def sinks(postgres_dsn: str) -> Iterator[OpenedSinks]:
    with ExitStack() as stack:
        yield OpenedSinks(stack, "postgresql", {"dsn": postgres_dsn})


@pytest.fixture
def database(postgres_dsn: str) -> Iterator[Database]:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        yield connection


def test_more_files_open_than_select_takes(sinks: OpenedSinks) -> None:
    with many_files():
        sink = sinks.open(ORDERS, "orders_table")
        assert sink.generations() == sink.generations() == {}


def test_columns_have_the_view_types(sinks: OpenedSinks, database: Database) -> None:
    sink = sinks.open(EVERYTHING, "everything_table")
    sink.create(1)
    sink.switch(1)
    types = database.execute(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = 'everything'::regclass AND attnum > 1 ORDER BY attnum"
    )
    kept_as = {
        "shop.mood": "text",
        "character": "text",
        "bit": "bit varying",
        "money": "numeric(19,2)",
    }
    expected = [kept_as.get(name, name) for name in ARROW_TYPES]
    assert [row[0] for row in types] == expected


def test_a_table_of_somebody_else_is_not_touched(sinks: OpenedSinks, database: Database) -> None:
    database.execute("CREATE TABLE orders (mine int)")
    with pytest.raises(SinkError, match=r'"orders" exists and is not of sink orders_table'):
        sinks.open(ORDERS, "orders_table").create(1)
    database.execute("ALTER TABLE orders RENAME TO orders_g1")
    with pytest.raises(SinkError, match=r'"orders_g1" exists and is not'):
        sinks.open(ORDERS, "orders_table").create(1)
    assert database.execute("SELECT count(mine) FROM orders_g1").fetchone() == (0,)


def test_two_sinks_cannot_share_a_table(sinks: OpenedSinks) -> None:
    first = sinks.open(ORDERS, "first")
    first.create(1)
    first.switch(1)
    with pytest.raises(SinkError, match="is not of sink second"):
        sinks.open(ORDERS, "second")


def test_grants_and_dependent_views_outlive_a_switch(
    sinks: OpenedSinks, database: Database, postgres_dsn: str
) -> None:
    role = postgres_dsn.rpartition("/")[2] + "_reader"
    sink = sinks.open(ORDERS, "orders_table")
    sink.create(1)
    sink.switch(1)
    database.execute(f"CREATE ROLE {role}".encode())
    try:
        database.execute(f"GRANT SELECT ON orders TO {role}".encode())
        wider = view("orders", ["id"], id="bigint", total="text", status="text")
        other = sinks.open(wider, "orders_table")
        other.create(2)
        other.write(2, step(wider, 1, [{"id": 1, "total": "x", "status": "new"}]))
        other.switch(2)
        database.execute(f"SET ROLE {role}".encode())
        assert database.execute("SELECT total FROM orders").fetchall() == [("x",)]
    finally:
        database.execute("RESET ROLE")
        database.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def test_a_view_on_top_forbids_another_shape(sinks: OpenedSinks, database: Database) -> None:
    sink = sinks.open(ORDERS, "orders_table")
    sink.create(1)
    sink.switch(1)
    database.execute("CREATE VIEW on_top AS SELECT status FROM orders")
    narrow = view("orders", ["id"], id="bigint")
    other = sinks.open(narrow, "orders_table")
    other.create(2)
    with pytest.raises(SinkError, match="drop what depends on the sink's view"):
        other.switch(2)
    assert sink.generations()[1].is_live


def test_a_missing_permission_names_its_fix(
    sinks: OpenedSinks, database: Database, postgres_dsn: str
) -> None:
    role = postgres_dsn.rpartition("/")[2] + "_writer"
    database.execute(f"CREATE ROLE {role} LOGIN".encode())
    try:
        with ExitStack() as stack:
            dsn = postgres_dsn.replace("postgres@", f"{role}@")
            opened = OpenedSinks(stack, "postgresql", {"dsn": dsn})
            sink = opened.unclaimed(ORDERS, "orders_table")
            with pytest.raises(SinkError, match=r"42501: permission denied.*Fix: grant") as refused:
                sink.claim("run", None)
            assert not refused.value.is_retryable
    finally:
        database.execute(f"DROP ROLE {role}".encode())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"user": "nobody_known"}, "28000.*Fix: correct user and password"),
        ({"dbname": "no_such"}, "3D000.*Fix: create the database"),
        ({"options": "-c default_transaction_read_only=on"}, "25006.*connect to the primary"),
    ],
)
def test_a_connection_that_is_refused(
    postgres_dsn: str, change: dict[str, str], words: str
) -> None:
    with ExitStack() as stack:
        sinks = OpenedSinks(stack, "postgresql", {"dsn": postgres_dsn, **change})
        with pytest.raises(SinkError, match=words):
            sinks.open(ORDERS, "orders_table").create(1)


def test_a_claim_waits_until_the_former_sessions_have_ended(
    sinks: OpenedSinks, database: Database
) -> None:
    former = sinks.open(ORDERS, "orders_table")
    former.create(1)
    heir = sinks.open(ORDERS, "orders_table", by=SECOND)
    session = database.execute(
        "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
        " AND datname = current_database()",
        [f"rederive {FIRST.run}"],
    ).fetchone()
    assert session is not None
    os.kill(session[0], signal.SIGSTOP)  # a server so busy that the session ends late
    late = threading.Timer(0.5, os.kill, (session[0], signal.SIGCONT))
    late.start()
    heir.claim(SECOND.run, heir.owner())
    present = former.owner()
    assert present is not None and present.writer == SECOND
    with pytest.raises(NotOwner, match="has taken it over"):
        former.write(1, step(ORDERS, 1, [order(1)]))
    late.join()


def test_a_broken_connection_is_opened_again(sinks: OpenedSinks, database: Database) -> None:
    sink = sinks.open(ORDERS, "orders_table")
    sink.create(1)

    def end() -> None:
        database.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE application_name LIKE 'rederive%' AND datname = current_database()"
        )

    def upserts() -> Iterator[pa.RecordBatch]:
        yield batch(ORDERS, [order(number) for number in range(2000)])
        end()
        yield batch(ORDERS, [order(2000)])

    with pytest.raises(SinkError) as broken:
        sink.write(1, Step(1, "{}", upserts(), []))
    assert broken.value.is_retryable
    sink.write(1, step(ORDERS, 1, [order(1)]))
    assert len(scanned(sink, 1)) == 1
    end()
    sink.write(1, step(ORDERS, 2, [order(2)]))
    assert len(scanned(sink, 1)) == 2

    class EndsOnce(EndOfStep):
        is_over = False

        def settle(self) -> None:
            if not self.is_over:
                self.is_over = True
                end()

    sink.write(1, Step(3, "{}", [batch(ORDERS, [order(3)])], [], EndsOnce()))
    assert len(scanned(sink, 1)) == 3
    assert sink.generations()[1].version == 3


def test_a_short_step_takes_the_columns_types_as_the_user_made_them(
    sinks: OpenedSinks, database: Database
) -> None:
    sink = sinks.open(ORDERS, "orders_table")
    sink.create(1)
    sink.write(1, step(ORDERS, 1, [order(1)]))
    database.execute("ALTER TABLE orders_g1 ALTER status TYPE varchar(4)")
    kept = Kept()
    step_of = step(ORDERS, 2, [order(1, "paid"), order(2, "refunded")])
    sink.write(1, replace(step_of, refusals=kept))
    assert [row["status"] for row in kept.rows] == ["refunded"]
    assert database.execute("SELECT id, status FROM orders_g1").fetchall() == [(1, "paid")]


def test_migrations_go_up_and_down(postgres_dsn: str, database: Database) -> None:
    def connect() -> Database:
        return psycopg.connect(postgres_dsn)

    for run, exists in ((upgrade, True), (upgrade, True), (downgrade, False), (upgrade, True)):
        run(connect, "sink")
        found = database.execute("SELECT to_regclass('rederive.generations')").fetchone()
        assert (found is not None and found[0] is not None) is exists


def test_many_processes_may_upgrade_at_once(postgres_dsn: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(
            threads.map(lambda _: upgrade(lambda: psycopg.connect(postgres_dsn), "sink"), range(4))
        )


def test_a_long_reader_is_not_waited_for(
    sinks: OpenedSinks, database: Database, postgres_dsn: str
) -> None:
    """A waiting lock blocks later readers too, so the switch gives up and retries."""
    sink = sinks.open(ORDERS, "orders_table")
    for number in (1, 2):
        sink.create(number)
        sink.write(number, step(ORDERS, 1, [order(number)]))
    sink.switch(1)
    with psycopg.connect(postgres_dsn) as reader:
        reader.execute("SELECT * FROM orders")
        with pytest.raises(SinkError, match=r"55P03.*long query") as locked:
            sink.switch(2)
        assert locked.value.is_retryable
        assert database.execute("SELECT id FROM orders").fetchall() == [(1,)]
    sink.switch(2)
    assert database.execute("SELECT id FROM orders").fetchall() == [(2,)]
