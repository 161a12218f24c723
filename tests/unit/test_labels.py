"""An enum whose labels change under views: those that depend on the order are planned again within
the batch; an unknown label stops the view that asks for its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cdc.contract.schemas import Column, TableSchema
from cdc.position import Lsn
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.plan import Planning, make_plan
from materializers.errors import ViewError
from materializers.sql.catalogue import BUILT_IN
from materializers.view import ViewDefinition
from tests.unit.shop import declare, rows
from tests.views.feed import Feed

MOOD = Column("m", "mood", 99_999, labels=("bad", "good"))
TABLE = TableSchema(
    "public.people",
    (Column("id", "integer", 23, nullable=False), MOOD, Column("blind", "text", 25)),
    ("id",),
    Lsn(1),
)
VIEWS = {"low": "SELECT max(m) AS m FROM people", "shown": "SELECT id, m FROM people"}


def relabelled(*labels: str) -> TableSchema:
    columns = tuple(replace(MOOD, labels=labels) if c is MOOD else c for c in TABLE.columns)
    return replace(TABLE, columns=columns)


@pytest.fixture
def feed() -> Feed:
    return Feed([TABLE])


def test_a_label_in_between_is_planned_for_where_the_order_counts(
    engine: DuckDBEngine, feed: Feed
) -> None:
    for name, sql in VIEWS.items():
        declare(engine, feed, name, sql)
    feed.put("public.people", {"id": 1, "m": "bad"})
    engine.apply(feed.batch())
    feed.alter(relabelled("good", "fair", "bad"))
    feed.put("public.people", {"id": 2, "m": "fair"})
    assert not engine.apply(feed.batch()).failures
    assert rows(engine, "low") == [("bad",)] and rows(engine, "shown") == [
        ("1", "bad"),
        ("2", "fair"),
    ]
    generations = {name: engine.views[name].generation for name in VIEWS}
    assert generations["low"] != 1 and generations["shown"] == 1
    feed.put("public.people", {"id": 1, "m": "good"})
    engine.apply(feed.batch())
    assert rows(engine, "low") == [("fair",)]
    engine.close()
    again = DuckDBEngine.open(engine.path)
    assert rows(again, "low") == [("fair",)]
    again.close()


def test_a_label_that_is_not_known_stops_who_asks_for_its_place(
    engine: DuckDBEngine, feed: Feed
) -> None:
    for name, sql in VIEWS.items():
        declare(engine, feed, name, sql)
    feed.put("public.people", {"id": 1, "m": "fair"})
    failures = engine.apply(feed.batch()).failures
    assert set(failures) == {"low"}
    assert "the labels of mood that are known do not hold fair" in failures["low"]


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("m = 'fair'", 'invalid input value for enum mood: "fair"'),
        ("m IN ('bad', 'fair')", 'invalid input value for enum mood: "fair"'),
        ("coalesce(m, 'none')", 'invalid input value for enum mood: "none"'),
        ("CASE m WHEN 'x' THEN 1 END", 'invalid input value for enum mood: "x"'),
        ("'x'::mood", 'invalid input value for enum mood: "x"'),
        ("m < ANY ('{bad,x}')", 'invalid input value for enum mood: "x"'),
        ("m < ANY ('{bad')", 'malformed array literal: "{bad"'),
        ("m = id::text", "cannot match mood and text"),
        ("blind::feeling", "cast to feeling is not supported"),
    ],
)
def test_a_constant_is_checked_when_the_view_is_planned(select: str, message: str) -> None:
    error = refused(f"SELECT id, {select} AS x FROM people")
    assert message in error.message and "\n" not in error.message and error.excerpt


def refused(sql: str, table: TableSchema = TABLE) -> ViewError:
    definition = ViewDefinition("v", sql, Path("views/v.sql"), 3)
    with pytest.raises(ViewError) as caught:
        make_plan(definition, {table.table: table}, ("id",), Planning(BUILT_IN))
    return caught.value


def test_a_constant_without_a_place_of_its_own_is_checked_too() -> None:
    error = refused("SELECT id, m FROM people UNION ALL SELECT 1, 'fair'")
    assert 'invalid input value for enum mood: "fair"' in error.message


def test_where_the_labels_are_not_known_their_order_is_refused() -> None:
    error = refused("SELECT id, m FROM people ORDER BY m LIMIT 1", relabelled())
    assert "ORDER BY of mood is not supported" in error.message


BLIND = replace(
    TABLE,
    columns=tuple(replace(c, collation="nd") if c.name == "blind" else c for c in TABLE.columns),
)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM people WHERE blind = 'a'",
        "SELECT id FROM people WHERE lower(blind) = 'a'",
        "SELECT id FROM people WHERE blind LIKE 'a%'",
        "SELECT id FROM people WHERE blind IN ('a', 'b')",
        "SELECT id FROM people WHERE 'a' IN (SELECT blind FROM people)",
        "SELECT id FROM people WHERE blind::text = 'a'",
        "SELECT id, CASE blind WHEN 'a' THEN 1 END AS x FROM people",
        "SELECT blind, count(*) AS n FROM people GROUP BY blind",
        "SELECT DISTINCT blind FROM people",
        "SELECT blind FROM people UNION SELECT 'a'",
        "SELECT blind FROM people INTERSECT SELECT m::text FROM people",
        "SELECT id, blind FROM people ORDER BY blind LIMIT 1",
        "SELECT id, rank() OVER (PARTITION BY blind ORDER BY id) AS x FROM people",
        "SELECT max(blind) AS x FROM people",
        "SELECT count(DISTINCT blind) AS x FROM people",
        "SELECT a.id FROM people a JOIN people b USING (blind)",
        "SELECT a.id FROM (SELECT id, blind AS b FROM people) a JOIN people c ON c.m::text = a.b",
        "SELECT a.id FROM people a NATURAL JOIN (SELECT m, blind FROM people) b",
    ],
)
def test_a_collation_that_is_not_deterministic_compares_nothing(sql: str) -> None:
    error = refused(sql, BLIND)
    assert 'the collation "nd" is not deterministic' in error.message, error
    assert 'COLLATE "C"' in error.fix and ("blind" in str(error) or "a.b" in str(error))


def test_its_texts_are_passed_on_counted_and_compared_by_another_one(
    engine: DuckDBEngine,
) -> None:
    feed = Feed([BLIND])
    declare(
        engine,
        feed,
        "v",
        "SELECT id, blind, blind COLLATE \"C\" = 'a' AS same, blind IS NULL AS absent,"
        " (SELECT count(blind) FROM people) AS n FROM people",
    )
    feed.put("public.people", {"id": 1, "blind": "A"})
    feed.put("public.people", {"id": 2, "blind": "a"})
    assert not engine.apply(feed.batch()).failures
    assert rows(engine, "v") == [
        ("1", "A", "False", "False", "2"),
        ("2", "a", "True", "False", "2"),
    ]
