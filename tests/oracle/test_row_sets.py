"""Functions that return rows in the row engine, over the table of nasty values: the rows and the
order are PostgreSQL's."""

from __future__ import annotations

import psycopg
import pytest

from materializers.engines.rows.failure import EvaluationError
from tests.oracle.answering import Server
from tests.oracle.nasty_values import CREATE, ROWS
from tests.oracle.row_answers import Tables
from tests.views.source import Source

ARRAY = "CASE jsonb_typeof(jb) WHEN 'array' THEN jb END"
OBJECT = "CASE jsonb_typeof(jb) WHEN 'object' THEN jb END"
OF_JSON = "CASE json_typeof(j) WHEN '{}' THEN j END"
RECORDS = '[{"a": 1, "b": "x", "c": [1, {"d": null}]}, {"a": "2", "b": null, "c": null}, {}]'
GIVEN = f"CASE WHEN i > 0 THEN '{RECORDS}'::jsonb END"
CALLS = [
    "unnest(ai) AS r",
    "unnest(ai, at) AS r(x, y)",
    "generate_series(1, i % 5) AS r",
    "generate_series(id, id - 6, -2) AS r",
    "generate_series(9223372036854775800, b, 3) AS r",
    "generate_series(ts, ts + interval '3 days', '1 day 01:00') AS r",
    "generate_series(tz, tz - interval '3 months', '-1 month') AS r",
    "generate_series(d, d + 2, '12 hours') AS r",
    "generate_subscripts(ai, 1) AS r",
    "string_to_table(t, ',') AS r",
    "regexp_split_to_table(t, '[ ,]') AS r",
    "regexp_matches(t, '[a-z]', 'g') AS r",
    "regexp_matches(t, '(l)(.)', 'g') AS r",
    "regexp_matches(t, 'l') AS r",
    f"jsonb_array_elements({ARRAY}) AS r",
    f"jsonb_array_elements_text({ARRAY}) AS r",
    f"json_array_elements({OF_JSON.format('array')}) AS r",
    f"json_array_elements_text({OF_JSON.format('array')}) AS r",
    f"jsonb_each({OBJECT}) AS r",
    f"jsonb_each_text({OBJECT}) AS r",
    f"json_each({OF_JSON.format('object')}) AS r",
    f"json_each_text({OF_JSON.format('object')}) AS r",
    f"jsonb_object_keys({OBJECT}) AS r",
    f"json_object_keys({OF_JSON.format('object')}) AS r",
    f"jsonb_to_recordset({GIVEN}) AS r(a integer, b text, c jsonb)",
    f"jsonb_to_record({OBJECT}) AS r(a text, k text, n integer, l jsonb)",
]
FAILING = [
    "generate_series(1, i % 5, 0) AS r",
    "generate_series(ts, ts, interval '0') AS r",
    "jsonb_array_elements(jb) AS r",
    "jsonb_each(jb) AS r",
    "json_object_keys(j) AS r",
    "jsonb_to_recordset(CASE WHEN i > 0 THEN '[1]'::jsonb END) AS r(a integer)",
    f"jsonb_to_recordset({GIVEN}) AS r(b integer)",
    "jsonb_to_record(jb) AS r(a integer)",
]


@pytest.fixture(scope="module")
def tables(server: Server) -> Tables:
    server.connection.execute(f"{CREATE}; {ROWS}".encode())
    server.connection.execute("SET IntervalStyle = postgres")
    return Tables(server.connection, Source(server.connection, ["nasty"]).feed.schemas)


@pytest.mark.parametrize("call", CALLS)
def test_rows_are_returned(call: str, server: Server, tables: Tables) -> None:
    sql = f"SELECT id, r.* FROM nasty, {call}"
    rows = server.connection.execute(f"{sql} ORDER BY id".encode())
    names = [f'"{column.name}"::text' for column in rows.description or ()]
    query = f"SELECT {', '.join(names)} FROM (SELECT * FROM ({sql}) AS made ORDER BY id) AS made"
    assert tables.texts(sql) == server.connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize("call", FAILING)
def test_what_returns_no_rows_fails(call: str, server: Server, tables: Tables) -> None:
    sql = f"SELECT id, r.* FROM nasty, {call}"
    with pytest.raises(psycopg.Error):
        server.connection.execute(sql.encode())
    with pytest.raises(EvaluationError):
        tables.texts(sql)
