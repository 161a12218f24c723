"""Records that a table's columns cannot take stop the views that read them, and no other one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.view import ViewDefinition
from tests.unit.shop import TOTALS, declare, order, rows
from tests.views.feed import Feed, table_schema


def test_a_value_that_does_not_fit_stops_the_views_that_read_it(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare(engine, feed, "totals", TOTALS)
    declare(engine, feed, "notes", "SELECT id, note FROM orders")
    declare(engine, feed, "people", "SELECT id, name FROM customers")
    order(feed, 1, 5, "2.50", "a")
    engine.apply(feed.batch())
    feed.raw(
        "public.orders", b'{"id":2}', b'{"op":"c","after":{"id":2,"customer":"five","note":"b"}}'
    )
    feed.put("public.customers", {"id": 5, "name": "Ada"})
    batch = feed.batch()
    failures = engine.apply(batch).failures
    assert failures.keys() == {"totals"} and engine.cut == batch.cut
    message = r"Table public.orders, column customer: a value .* INTEGER \(key .*id.:2. at "
    assert re.match(message, failures["totals"])
    assert rows(engine, "totals") == [("5", "2.50")]
    assert rows(engine, "notes") == [("1", "a"), ("2", "b")]
    assert rows(engine, "people") == [("5", "Ada")]
    feed.raw("public.orders", b'{"id":3}', b'{"op":"c","after":{"id":3,"customer":[],"note":"c"}}')
    assert not engine.apply(feed.batch()).failures
    assert rows(engine, "notes") == [("1", "a"), ("2", "b"), ("3", "c")]


@pytest.mark.parametrize("value", [b"not json", b"\xff\xfe", b'{"op":"c","after":{"id":"x"}}'])
def test_a_record_or_a_key_that_is_not_readable_stops_the_table_alone(
    engine: DuckDBEngine, feed: Feed, value: bytes
) -> None:
    declare(engine, feed, "totals", TOTALS)
    declare(engine, feed, "notes", "SELECT id, note FROM orders")
    declare(engine, feed, "people", "SELECT id, name FROM customers")
    feed.raw("public.orders", b'{"id":2}', value)
    feed.put("public.customers", {"id": 5, "name": "Ada"})
    failures = engine.apply(feed.batch()).failures
    assert failures.keys() == {"totals", "notes"}
    said = "column id: a value does not fit" if b"x" in value else "is not JSON in UTF-8"
    assert all("public.orders" in reason and said in reason for reason in failures.values())
    order(feed, 3, 5, "1.00")
    assert not engine.apply(feed.batch()).failures
    assert rows(engine, "people") == [("5", "Ada")]


def test_a_value_that_no_view_reads_any_longer_stops_none(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "notes", "SELECT id, note, customer FROM orders")
    order(feed, 1, 5, "2.50", "a")
    engine.apply(feed.batch())
    edited = ViewDefinition("notes", "SELECT id, note FROM orders", Path("v.sql"), 1)
    engine.build(edited, key=None, generation=2, is_next=True)
    engine.promote("notes")
    feed.raw(
        "public.orders", b'{"id":2}', b'{"op":"c","after":{"id":2,"customer":"five","note":"b"}}'
    )
    assert not engine.apply(feed.batch()).failures
    assert rows(engine, "notes") == [("1", "a"), ("2", "b")]


WIDE = {
    "NAN": "NaN",
    "NEGATIVE_INFINITY": "-Infinity",
    "0.33333333333333333333": "0.33333333333333333333",
    "1" * 40: "1" * 40,
}


@pytest.mark.parametrize("value", WIDE)
def test_a_numeric_of_any_size_fits(engine: DuckDBEngine, value: str) -> None:
    columns = [("id", "integer"), ("x", "numeric"), ("y", "text")]
    feed = Feed([table_schema("public.m", columns, ["id"])])
    declare(engine, feed, "numbers", "SELECT id, x FROM m")
    declare(engine, feed, "sums", "SELECT y, sum(x) AS x FROM m GROUP BY y")
    declare(engine, feed, "texts", "SELECT id, y FROM m")
    feed.put("public.m", {"id": 1, "x": "1.5", "y": "a"})
    feed.put("public.m", {"id": 2, "x": value, "y": "b"})
    assert not engine.apply(feed.batch()).failures
    assert rows(engine, "numbers") == [("1", "1.5"), ("2", WIDE[value])]
    assert rows(engine, "sums") == [("a", "1.5"), ("b", WIDE[value])]
    feed.put("public.m", {"id": 3, "x": "1,5", "y": "c"})
    failures = engine.apply(feed.batch()).failures
    assert failures.keys() == {"numbers", "sums"}
    assert all("column x: a value does not fit" in reason for reason in failures.values())
    assert rows(engine, "texts") == [("1", "a"), ("2", "b"), ("3", "c")]


def test_a_value_that_does_not_fit_stops_its_readers_alone(engine: DuckDBEngine) -> None:
    feed = Feed(
        [
            table_schema("public.m", [("id", "integer"), ("x", "integer"), ("y", "text")], ["id"]),
            table_schema("public.o", [("id", "integer"), ("v", "text")], ["id"]),
        ]
    )
    declare(engine, feed, "numbers", "SELECT id, x FROM m")
    declare(engine, feed, "sums", "SELECT y, sum(x) AS x FROM m GROUP BY y")
    declare(engine, feed, "texts", "SELECT id, y FROM m")
    declare(engine, feed, "others", "SELECT id, v FROM o")
    feed.put("public.m", {"id": 1, "x": 1, "y": "a"})
    engine.apply(feed.batch())
    for number in (2, 3):
        feed.put("public.m", {"id": number, "x": "five", "y": "b"})
        feed.put("public.o", {"id": number, "v": "c"})
        failures = engine.apply(feed.batch()).failures
        assert failures.keys() == ({"numbers", "sums"} if number == 2 else set())
        assert all(
            re.match(r"Table public.m, column x: a value .* \(key .*id.: ?2. at ", reason)
            for reason in failures.values()
        )
    assert rows(engine, "texts") == [("1", "a"), ("2", "b"), ("3", "b")]
    assert rows(engine, "others") == [("2", "c"), ("3", "c")]


@pytest.mark.parametrize("day", ["infinity", "-infinity", "5874897-12-31"])
def test_a_row_is_named_whatever_its_other_columns_hold(engine: DuckDBEngine, day: str) -> None:
    columns = [("id", "integer"), ("v", "integer"), ("day", "date")]
    feed = Feed([table_schema("public.days", columns, ["id"])])
    for name, sql in (
        ("tenths", "SELECT id, 10 / v AS q, day FROM days"),
        ("all", "SELECT * FROM days"),
    ):
        definition = ViewDefinition(name, sql, Path("v.sql"), 1)
        engine.declare(definition, feed.schemas, key=None, generation=1)
    feed.put("public.days", {"id": 1, "v": 2, "day": day})
    assert not engine.apply(feed.batch()).failures
    feed.put("public.days", {"id": 7, "v": 0, "day": day})
    failures = engine.apply(feed.batch()).failures
    assert failures.keys() == {"tenths"}
    assert "division by zero" in failures["tenths"]
    assert "public.days where id = 7" in failures["tenths"]
