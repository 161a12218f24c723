"""A project's own functions: declared once, rendered for each engine, and available only where the
catalogue with them is passed."""

from __future__ import annotations

from pathlib import Path

import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.rows.meaning import Meanings
from materializers.engines.rows.relations.evaluated import evaluation
from materializers.errors import ViewError
from materializers.sql.aggregates.written_call import WrittenCall
from materializers.sql.catalogue import BUILT_IN, FunctionCatalogue
from materializers.sql.functions.call import Call
from materializers.sql.functions.sets import SetColumn
from materializers.sql.plan import plan_view, whole_view
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.expression import Expression
from materializers.sql.types.sql_type import BIGINT, INTEGER, TEXT, array_of
from materializers.view import ViewDefinition
from tests.unit.shop import CUSTOMERS, ORDERS, order, rows
from tests.views.feed import Feed

SCHEMAS = {table.table: table for table in (ORDERS, CUSTOMERS)}
SQL = """SELECT mixed(customer, 7) AS mixed, number_of(id) AS number, max(word) AS word
  FROM orders, words_of(note) AS word WHERE mixed(id, 0) > 1
  GROUP BY mixed(customer, 7) HAVING number_of(id) > 0"""
VIEW = ViewDefinition("v", SQL, Path("v.sql"), 1)


def _mixed(call: Call) -> Expression:
    call.expect(2)
    return call.apply(INTEGER, *call.arguments)


def _words(call: Call) -> tuple[SetColumn, ...]:
    call.expect(1)
    return (SetColumn(call.apply(array_of(TEXT), call.as_text(0)), TEXT),)


def _number(call: WrittenCall) -> AggregateCall:
    return AggregateCall("count", (call.value,), BIGINT, False, filter=call.filter)


OWN = FunctionCatalogue({"mixed": _mixed}, {"words_of": _words}, {"number_of": _number})
FUNCTIONS = BUILT_IN.joined(OWN)
RENDERINGS = {"mixed": "({0} * 10 + {1})", "words_of": "string_split({0}, ' ')"}
MEANINGS: Meanings = {
    "mixed": lambda a, b: a * 10 + b,
    "words_of": lambda text: tuple(text.split(" ")),
}


def test_they_are_kept_and_worked_out_as_others_are(tmp_path: Path) -> None:
    feed = Feed([ORDERS, CUSTOMERS])
    path = tmp_path / "state.duckdb"
    engine = DuckDBEngine.open(path, functions=FUNCTIONS, renderings=RENDERINGS, threads=1)
    try:
        kept = engine.declare(VIEW, feed.schemas, key=None, generation=1)
        assert {each.upkeep for each in kept.operators()} <= {"delta", "touched groups"}
        for number, note in ((1, "b a"), (2, "c"), (3, "a")):
            order(feed, number, number % 2, "1.00", note)
            engine.apply(feed.batch())
        expected = [("17", "3", "b"), ("7", "1", "c")]
        assert rows(engine, "v") == expected
        feed.delete("public.orders", {"id": 1})
        engine.apply(feed.batch())
        assert rows(engine, "v") == [("17", "1", "a"), ("7", "1", "c")]
        assert "mixed(customer, 7)" in str(engine.explain("v")["tree"])
    finally:
        engine.close()


def test_the_row_engine_gives_the_same(tmp_path: Path) -> None:
    names = ("id", "customer", "amount", "note")
    listed = [dict(zip(names, row, strict=True)) for row in ((1, 1, 1, "b a"), (2, 0, 1, "c"))]
    for root in (
        plan_view(VIEW, SCHEMAS, None, FUNCTIONS).root,
        whole_view(VIEW, SCHEMAS, FUNCTIONS),
    ):
        found = evaluation(root, MEANINGS)({"public.orders": listed})
        assert sorted(found) == [(7, 1, "c"), (17, 2, "b")]


def test_nobody_else_knows_them(tmp_path: Path) -> None:
    engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
    try:
        for call in ("mixed(id, 7)", "number_of(id)"):
            definition = ViewDefinition("v", f"SELECT id, {call} AS x FROM orders", VIEW.file, 1)
            with pytest.raises(ViewError, match="does not exist or is not supported"):
                engine.declare(definition, SCHEMAS, key=None, generation=1)
    finally:
        engine.close()


@pytest.mark.parametrize("name", ["upper", "count", "unnest", "now"])
def test_a_name_has_one_meaning(name: str) -> None:
    with pytest.raises(ValueError, match=rf"function {name}\(\) is declared twice"):
        BUILT_IN.joined(FunctionCatalogue({name: _mixed}))
