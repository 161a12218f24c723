"""What a user sees when a view's SQL is wrong: one line, and the place underlined."""

from pathlib import Path

import duckdb
import pytest

from materializers.engines.duckdb.duckdb_view import reason_of
from materializers.engines.duckdb.plan import Planning, make_plan
from materializers.errors import ViewError
from materializers.row_free import row_free
from materializers.sql.catalogue import BUILT_IN
from materializers.view import ViewDefinition
from tests.views.feed import table_schema

SCHEMAS = {
    "public.orders": table_schema(
        "public.orders",
        [("id", "integer"), ("customer_id", "integer"), ("amount", "numeric(12,2)"),
         ("note", "text"), ("at", "timestamp with time zone"), ("data", "json")],
        ["id"],
    ),
    "public.customers": table_schema(
        "public.customers", [("id", "integer"), ("name", "text")], ["id"]
    ),
}  # fmt: skip


def error_of(sql: str, key: tuple[str, ...] | None = None) -> ViewError:
    definition = ViewDefinition("v", sql, Path("views/v.sql"), 3)
    with pytest.raises(ViewError) as caught:
        make_plan(definition, SCHEMAS, key, Planning(BUILT_IN))
    return caught.value


def test_the_place_is_underlined() -> None:
    error = error_of("SELECT id,\n       amout\nFROM orders")
    assert str(error) == (
        'views/v.sql:4:8: view v: column "amout" does not exist (did you mean "amount"?).'
        " Fix: name a captured column; a generated one is captured where the publication sends it\n"
        "4 |        amout\n"
        "  |        ^^^^^"
    )


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "SELECT id FROM order_s",
            'table "public.order_s" is not captured (did you mean "public.orders"?)',
        ),
        ("SELECT id, lpad(note, 2000000000, '-') AS n FROM orders", "up to 10,000,000 characters"),
        ("SELECT id, at AT TIME ZONE 'MSK' AS x FROM orders", "has meant several offsets"),
        ("SELECT id, at AT TIME ZONE 'Mars' AS x FROM orders", "is not recognized"),
        ("SELECT o.id FROM orders x", 'there is no "o" in FROM'),
        ("SELECT id FROM orders, customers", 'column "id" is ambiguous'),
        ("SELECT o.id FROM orders o JOIN customers o ON true", '"o" specified more than once'),
        ("SELECT id FROM orders JOIN customers USING (id, id)", "more than once in USING"),
        ("SELECT id FROM orders JOIN customers USING (note)", "not exist in right table"),
        ("SELECT a.id FROM orders a, orders b JOIN customers c ON a.id = c.id", 'no "a" in FROM'),
        ("SELECT o.id FROM (orders o JOIN customers USING (id)) AS j", 'there is no "o" in FROM'),
        ("SELECT x FROM customers c (x, y, z)", "2 columns available but 3 columns specified"),
        ("SELECT id FROM orders LIMIT (SELECT count(*) FROM customers)", "a constant only"),
        ("SELECT id FROM orders LIMIT -1", "LIMIT must not be negative"),
        ("WITH q AS (SELECT 1), q AS (SELECT 2) SELECT 3 AS x", '"q" specified more than once'),
        ("SELECT id, now() FROM orders", "now() changes without a change of any row"),
        ("SELECT id, current_date FROM orders", "current_date() changes"),
        ("SELECT id, random() FROM orders", "random() changes"),
        ("SELECT id, soundex(note) FROM orders", "function soundex() does not exist"),
        ("SELECT id FROM orders WHERE amount", "must be boolean, not numeric"),
        ("SELECT id, amount + note FROM orders", "operator does not exist: numeric + text"),
        ("SELECT id, data = data AS x FROM orders", "operator does not exist: json = json"),
        ("SELECT note, count(*) FROM orders", 'column "note" must appear in the GROUP BY'),
        ("SELECT count(*) FROM orders GROUP BY 'a'", "non-integer constant in GROUP BY"),
        ("SELECT id FROM orders WHERE count(*) > 1", "not allowed in WHERE"),
        ("SELECT id, id FROM orders", 'column "id" is specified more than once'),
        ("SELECT sum(sum(amount)) FROM orders", "cannot be nested"),
        ("SELECT id FROM orders UNION SELECT id, name FROM customers", "same columns"),
        ("SELECT id, round(amount::float8, 2) FROM orders", "does not exist; cast to numeric"),
        ("SELECT id, to_char(at, 'RM') FROM orders", "to_char() with the pattern 'RM'"),
        ("SELECT id, to_timestamp(note, 'YYYY-MM-DDTHH24') FROM orders", "with the pattern 'T'"),
        ("SELECT id, to_date(note, 'YYYYTMMonth') FROM orders", "with the pattern 'T'"),
        ("SELECT id FROM orders WHERE note ~ '[z-a]'", "may not mean the same"),
        ("SELECT id FROM orders WHERE note ~ '[[.]'", "may not mean the same"),
        ("SELECT id FROM orders WHERE note ~ 'a*+'", "may not mean the same"),
        ("SELECT id FROM orders WHERE note ~ '^*a'", "may not mean the same"),
        ("SELECT id FROM orders WHERE note ~ 'a{256}'", "may not mean the same"),
        ("SELECT id, regexp_replace(note, '[+--]', '') FROM orders", "not '[+--]'"),
        ("SELECT id, to_char(at, 'Y,YYY') FROM orders", "to_char() with the pattern 'Y,YYY'"),
        ("SELECT id FROM orders o JOIN orders o ON true", "specified more than once"),
        ("SELECT id, array_fill(1, 2) FROM orders", "function array_fill()"),
        ("SELECT id, (SELECT id, name FROM customers) FROM orders", "only one column"),
        ("SELECT id, length(id) FROM orders", "takes text, not integer"),
        ("SELECT id, note::uuid FROM orders", "cast from text to uuid is not supported"),
        ("SELECT note FROM orders", "no key can be inferred"),
        ("SELECT id FROM orders; SELECT 1", "not a single SELECT"),
        ("DELETE FROM orders", "not a single SELECT"),
        ("SELECT id, FROM orders WHERE", "syntax error"),
        ("SELECT id FROM array_fill(1, 2) id", "function array_fill()"),
    ],
)
def test_what_is_wrong_is_named(sql: str, message: str) -> None:
    error = error_of(sql)
    assert message in error.message
    assert "\n" not in error.message


def test_a_key_must_be_columns_of_the_view() -> None:
    error = error_of("SELECT id, note FROM orders", key=("nr",))
    assert 'the key names "nr"' in error.message
    assert "id, note" in error.fix


@pytest.mark.parametrize(
    ("sql", "key"),
    [
        ("SELECT * FROM orders", ("id",)),
        ("SELECT o.id AS o, c.id AS c FROM orders o, customers c", ("o", "c")),
        ("SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id", ("id",)),
        ("SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer_id",
         ("id",)),
        ("SELECT customer_id, note, count(*) FROM orders GROUP BY 1, 2", ("customer_id", "note")),
        ("SELECT id, note, count(*) FROM orders GROUP BY id, note", ("id",)),
        ("SELECT count(*) FROM orders", ("count",)),
        ("SELECT max(id) AS m, count(*) AS n FROM orders", ("n",)),
        ("SELECT DISTINCT note FROM orders", ("note",)),
        ("SELECT x.a FROM (SELECT id AS a, note FROM shop.public.orders) x", ("a",)),
    ],
)  # fmt: skip
def test_keys_are_inferred(sql: str, key: tuple[str, ...]) -> None:
    definition = ViewDefinition("v", sql, Path("v.sql"), 1)
    assert make_plan(definition, SCHEMAS, None, Planning(BUILT_IN)).schema.key == key


def test_columns_have_postgresql_types() -> None:
    sql = (
        "SELECT customer_id, count(*) AS n, sum(customer_id) AS s, sum(amount) AS a, avg(amount)"
        " AS m, max(at) AS at, json_agg(id) AS j, 1.5 AS x, 'a' AS t FROM orders GROUP BY 1"
    )
    schema = make_plan(
        ViewDefinition("v", sql, Path("v.sql"), 1), SCHEMAS, None, Planning(BUILT_IN)
    ).schema
    assert [column.type_name for column in schema.columns] == [
        "integer", "bigint", "bigint", "numeric", "numeric", "timestamp with time zone", "json",
        "numeric", "text",
    ]  # fmt: skip


def test_a_statement_that_the_engine_got_wrong_is_no_value_of_a_row() -> None:
    with pytest.raises(duckdb.Error) as caught:
        duckdb.sql("SELECT missing")
    reason = reason_of(caught.value)
    assert reason.startswith("a fault of the engine: report it") and "missing" in reason
    assert row_free(reason) == "a fault of the engine: report it with the SQL of the view"
