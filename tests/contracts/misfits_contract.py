"""What every engine promises of records that a table's columns cannot take, and of rows that a view
cannot take: the views that read them stop, and no other one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from materializers.engines.engine import Engine
from materializers.errors import StateError, ViewError
from materializers.view import ViewDefinition
from tests.contracts.engine_states import shown
from tests.unit.shop import TOTALS, declare, order
from tests.views.feed import Feed, table_schema

WIDE = {
    "NAN": "NaN",
    "NEGATIVE_INFINITY": "-Infinity",
    "0.33333333333333333333": "0.33333333333333333333",
    "1" * 40: "1" * 40,
}


class MisfitsContract:
    """Each test has the engine `engine`, and the tables of `feed`."""

    def test_a_value_that_does_not_fit_stops_the_views_that_read_it(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "totals", TOTALS)
        declare(engine, feed, "notes", "SELECT id, note FROM orders")
        declare(engine, feed, "people", "SELECT id, name FROM customers")
        order(feed, 1, 5, "2.50", "a")
        engine.apply(feed.batch())
        feed.raw(
            "public.orders",
            b'{"id":2}',
            b'{"op":"c","after":{"id":2,"customer":"five","note":"b"}}',
        )
        feed.put("public.customers", {"id": 5, "name": "Ada"})
        batch = feed.batch()
        failures = engine.apply(batch).failures
        assert failures.keys() == {"totals"} and engine.cut == batch.cut
        message = (
            r"Table public.orders, column customer: a value .* (?i:integer) \(key .*id.:2. at "
        )
        assert re.match(message, failures["totals"])
        assert shown(engine, "totals") == [("5", "2.50")]
        assert shown(engine, "notes") == [("1", "a"), ("2", "b")]
        assert shown(engine, "people") == [("5", "Ada")]
        feed.raw(
            "public.orders", b'{"id":3}', b'{"op":"c","after":{"id":3,"customer":[],"note":"c"}}'
        )
        assert not engine.apply(feed.batch()).failures
        assert shown(engine, "notes") == [("1", "a"), ("2", "b"), ("3", "c")]

    @pytest.mark.parametrize("value", [b"not json", b"\xff\xfe", b'{"op":"c","after":{"id":"x"}}'])
    def test_a_record_or_a_key_that_is_not_readable_stops_the_table_alone(
        self, engine: Engine, feed: Feed, value: bytes
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
        assert shown(engine, "people") == [("5", "Ada")]

    def test_a_value_that_no_view_reads_any_longer_stops_none(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "notes", "SELECT id, note, customer FROM orders")
        order(feed, 1, 5, "2.50", "a")
        engine.apply(feed.batch())
        edited = ViewDefinition("notes", "SELECT id, note FROM orders", Path("v.sql"), 1)
        engine.build(edited, key=None, generation=2, is_next=True)
        engine.promote("notes")
        feed.raw(
            "public.orders",
            b'{"id":2}',
            b'{"op":"c","after":{"id":2,"customer":"five","note":"b"}}',
        )
        assert not engine.apply(feed.batch()).failures
        assert shown(engine, "notes") == [("1", "a"), ("2", "b")]

    @pytest.mark.parametrize("value", WIDE)
    def test_a_numeric_of_any_size_fits(self, engine: Engine, value: str) -> None:
        columns = [("id", "integer"), ("x", "numeric"), ("y", "text")]
        feed = Feed([table_schema("public.m", columns, ["id"])])
        declare(engine, feed, "numbers", "SELECT id, x FROM m")
        declare(engine, feed, "sums", "SELECT y, sum(x) AS x FROM m GROUP BY y")
        declare(engine, feed, "texts", "SELECT id, y FROM m")
        feed.put("public.m", {"id": 1, "x": "1.5", "y": "a"})
        feed.put("public.m", {"id": 2, "x": value, "y": "b"})
        assert not engine.apply(feed.batch()).failures
        assert shown(engine, "numbers") == [("1", "1.5"), ("2", WIDE[value])]
        assert shown(engine, "sums") == [("a", "1.5"), ("b", WIDE[value])]
        feed.put("public.m", {"id": 3, "x": "1,5", "y": "c"})
        failures = engine.apply(feed.batch()).failures
        assert failures.keys() == {"numbers", "sums"}
        assert all("column x: a value does not fit" in reason for reason in failures.values())
        assert shown(engine, "texts") == [("1", "a"), ("2", "b"), ("3", "c")]

    def test_a_value_that_does_not_fit_stops_its_readers_alone(self, engine: Engine) -> None:
        feed = Feed(
            [
                table_schema(
                    "public.m", [("id", "integer"), ("x", "integer"), ("y", "text")], ["id"]
                ),
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
        assert shown(engine, "texts") == [("1", "a"), ("2", "b"), ("3", "b")]
        assert shown(engine, "others") == [("2", "c"), ("3", "c")]

    @pytest.mark.parametrize("day", ["infinity", "-infinity", "5874897-12-31"])
    def test_a_row_is_named_whatever_its_other_columns_hold(self, engine: Engine, day: str) -> None:
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

    def test_the_row_that_made_a_view_fail_is_named(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "ratio", "SELECT id, 10 / customer AS share FROM orders")
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        order(feed, 2, 0, "1.00")
        reason = "division by zero, at public.orders where id = 2"
        assert engine.apply(feed.batch()).failures == {"ratio": reason}

    def test_a_view_whose_first_build_failed_is_not_waited_for(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "ratio", "SELECT id, 10 / customer AS share FROM orders")
        declare(engine, feed, "plain", "SELECT id FROM orders")
        order(feed, 2, 0, "1.00")
        assert engine.apply(feed.batch()).failures.keys() == {"ratio"}
        for read in (lambda: engine.full("ratio"), lambda: engine.whole("ratio", 600)):
            with pytest.raises(ViewError, match="division by zero"):
                read()

    def test_a_key_that_is_not_unique_names_itself(self, engine: Engine, feed: Feed) -> None:
        definition = ViewDefinition("v", "SELECT customer, id FROM orders", Path("v.sql"), 1)
        engine.declare(definition, feed.schemas, key=("customer",), generation=1)
        order(feed, 1, 5, "1")
        engine.apply(feed.batch())
        order(feed, 2, 5, "1")
        failure = engine.apply(feed.batch()).failures["v"]
        assert "the key is not unique: two rows with customer = 5" in failure

    def test_a_table_without_a_key_is_refused(self, engine: Engine) -> None:
        feed = Feed([table_schema("public.log", [("line", "text")], [])])
        with pytest.raises((StateError, ViewError), match="primary key"):
            definition = ViewDefinition("v", "SELECT line FROM log", Path("v.sql"), 1)
            engine.declare(definition, feed.schemas, key=("line",), generation=1)

    def test_a_view_that_fails_where_it_is_planned_anew_keeps_its_rows(
        self, engine: Engine, feed: Feed
    ) -> None:
        columns = [("id", "integer"), ("x", "integer")]
        strict = table_schema("public.m", columns, ["id"])
        feed = Feed(
            [replace(strict, columns=tuple(replace(c, nullable=False) for c in strict.columns))]
        )
        declare(engine, feed, "tenths", "SELECT id, 10 / x AS q FROM m")
        declare(engine, feed, "plain", "SELECT id, x FROM m")
        feed.put("public.m", {"id": 1, "x": 5})
        first = feed.batch()
        engine.apply(first)
        feed.alter(feed.schemas["public.m"].with_null("x"))
        feed.put("public.m", {"id": 2, "x": 0})
        feed.put("public.m", {"id": 3, "x": None})
        failures = engine.apply(feed.batch()).failures
        assert failures.keys() == {"tenths"} and "division by zero" in failures["tenths"]
        assert shown(engine, "tenths") == [("1", "2")]
        assert engine.full("tenths").version == first.cut.version
        assert shown(engine, "plain") == [("1", "5"), ("2", "0"), ("3", "None")]

    def test_a_stopped_view_is_explained(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "ratio", "SELECT id, 10 / customer AS share FROM orders")
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        order(feed, 2, 0, "1.00")
        engine.apply(feed.batch())
        told = engine.explain("ratio")
        assert told["failure"].startswith("division by zero") and told["rows"] == 1
        assert "ratio" in engine.storage()["views"]
