"""Rows that PostgreSQL refuses are set aside; the rest of the step is one transaction."""

import random
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from materializers.errors import SinkError
from materializers.sinks.sink import Sink
from materializers.step import Step
from materializers.view import ViewSchema
from tests.contracts.opened_sinks import OpenedSinks
from tests.contracts.refusal_contract import Case, Kept, RefusalContract
from tests.contracts.view_rows import Row, batch, step, view

THINGS = view("things", ["id"], id="bigint", name="text")
NAMED = view("named", ["name"], name="text", n="integer")


@pytest.fixture
def sinks(postgres_dsn: str) -> Iterator[OpenedSinks]:
    with ExitStack() as stack:
        yield OpenedSinks(stack, "postgresql", {"dsn": postgres_dsn})


def thing(number: int, name: str = "x") -> Row:
    return {"id": number, "name": name}


class TestPostgresqlRefusals(RefusalContract):
    @pytest.fixture
    def case(self, sinks: OpenedSinks) -> Case:
        def unfit(number: int) -> Row:
            return thing(number, "a\0b")

        return Case(lambda: sinks.open(THINGS, "things_table"), THINGS, thing, unfit)


def written(sink: Sink, schema: ViewSchema, rows: list[Row], version: int = 1) -> Kept:
    kept = Kept()
    if version == 1:
        sink.create(1)
    sink.write(1, Step(version, "{}", [batch(schema, rows)], [], kept))
    return kept


@pytest.mark.parametrize("version", [1, 2])
def test_a_key_too_long_for_an_index(sinks: OpenedSinks, version: int) -> None:
    """The row is not in the table afterwards, and deleting it does no harm."""
    sink = sinks.open(NAMED, "named_table")
    noise = random.Random(7).randbytes(6000).hex()
    if version == 2:
        written(sink, NAMED, [])
    kept = written(sink, NAMED, [{"name": n, "n": 1} for n in ("a", noise, "b")], version)
    assert [row["name"] for row in kept.rows] == [noise]
    assert "54000: index row" in kept.reasons[0]
    sink.write(1, step(NAMED, 3, [], [{"name": noise}, {"name": "a"}]))
    assert list(sink.scan(1)) == [{"name": "b", "n": 1}]
    sink.write(1, step(NAMED, 4, [], [{"name": "b\0c"}, {"name": "b"}]))
    assert list(sink.scan(1)) == []


def test_constraints_that_the_user_added(sinks: OpenedSinks, postgres_dsn: str) -> None:
    sink = sinks.open(THINGS, "things_table")
    written(sink, THINGS, [thing(at) for at in range(10)])
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute("ALTER TABLE things_g1 ADD CHECK (name <> 'bad')")
    kept = written(sink, THINGS, [thing(3, "bad"), thing(4, "good"), thing(12, "bad")], 2)
    assert kept.ids() == [3, 12] and "23514" in kept.reasons[0]
    names = {row["id"]: row["name"] for row in sink.scan(1)}
    assert names == {at: "good" if at == 4 else "x" for at in range(10) if at != 3}


@pytest.mark.parametrize("version", [1, 2])
def test_null_in_the_key_beside_a_row_that_is_refused(sinks: OpenedSinks, version: int) -> None:
    sink = sinks.open(NAMED, "named_table")
    if version == 2:
        written(sink, NAMED, [{"name": "a", "n": 1}])
    rows: list[Row] = [{"name": name, "n": 2} for name in ("a", None, "a\0b", "c")]
    kept = written(sink, NAMED, rows, version)
    assert [row["name"] for row in kept.rows] == ["a\0b"]
    assert {row["name"] for row in sink.scan(1)} == {"a", None, "c"}
    sink.write(1, step(NAMED, 3, [{"name": "c", "n": 3}], [{"name": None}, {"name": "a\0b"}]))
    assert sorted(row["name"] for row in sink.scan(1)) == ["a", "c"]


def test_a_target_that_refuses_everything_is_no_refusal(
    sinks: OpenedSinks, postgres_dsn: str
) -> None:
    sink, kept = sinks.open(THINGS, "things_table"), Kept()
    written(sink, THINGS, [thing(1)])
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE things_g1 RENAME COLUMN name TO title")
        with pytest.raises(SinkError, match="42703"):
            sink.write(1, Step(2, "{}", [batch(THINGS, [thing(2)])], [], kept))
        connection.execute("DROP TABLE things_g1")
        with pytest.raises(SinkError, match="does not exist"):
            sink.write(1, Step(2, "{}", [batch(THINGS, [thing(2)])], [], kept))
    assert not kept.rows


@pytest.mark.parametrize(
    ("columns", "key", "words"),
    [
        ({"id": "bigint", "ctid": "text"}, ["id"], "ctid has the name of a system column"),
        ({"id": "bigint", "ü" * 32: "text"}, ["id"], "has more than 63 bytes"),
        ({"id": "bigint", "": "text"}, ["id"], "empty name"),
        ({"id": "json"}, ["id"], "key column id has type json, which no index"),
        ({"id": "point"}, ["id"], "key column id has type point, which no index"),
        ({"id": "json[]"}, ["id"], r"key column id has type json\[\], which no index"),
        ({f"c{at}": "text" for at in range(1601)}, ["c1"], "1,601 columns"),
        ({f"c{at}": "text" for at in range(33)}, [f"c{at}" for at in range(33)], "33 columns"),
    ],
)
def test_views_that_no_table_can_hold(
    sinks: OpenedSinks, columns: dict[str, str], key: list[str], words: str
) -> None:
    with pytest.raises(SinkError, match=words) as refused:
        sinks.open(view("odd", key, **columns), "odd_table")
    assert refused.value.fix and "views/v.sql:3: sink odd_table: " in refused.value.message


@pytest.mark.parametrize(
    "type_name",
    "jsonb inet cidr macaddr interval bytea tsvector int4range numrange daterange uuid boolean "
    "bit oid money character numeric[] text[] time timetz pg_lsn shop.mood".split(),
)
def test_key_types_that_an_index_takes(sinks: OpenedSinks, type_name: str) -> None:
    sink = sinks.open(view("keyed", ["id"], id=type_name), "keyed_table")
    sink.create(1)


@pytest.mark.parametrize("type_name", "json xml point line lseg box path polygon circle".split())
def test_key_types_that_no_index_takes(postgres_dsn: str, type_name: str) -> None:
    """The sink refuses exactly the types that PostgreSQL refuses."""
    with psycopg.connect(postgres_dsn) as connection:
        with pytest.raises(psycopg.errors.UndefinedObject):
            connection.execute(f"CREATE TABLE keyed (id {type_name} PRIMARY KEY)".encode())
