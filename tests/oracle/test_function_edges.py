"""Every function of the registry over the edges of its arguments: PostgreSQL's answer is the
translator's, in value and in being NULL, and what is planned never to be NULL never is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from materializers.engines.duckdb.engine import Engine
from materializers.errors import ViewError
from materializers.operators.operator import Side
from materializers.operators.run import NO_RUN
from materializers.plan.functions.registry import FUNCTIONS
from materializers.plan.planner import Planner
from materializers.plan.rules.rules import parsed
from materializers.view import ViewDefinition
from tests.oracle.edges import COPIES, EDGES, column, statements
from tests.views.source import Connection, Source

FILE = Path(__file__)
WITH_SYNTAX = {
    "coalesce": ["coalesce({integer_0}, {integer_1})", "coalesce({text_0}, {text_1})"],
    "nullif": ["nullif({integer_0}, {integer_1})", "nullif({text_0}, {text_1})"],
    "greatest": ["greatest({numeric_0}, {numeric_1})", "greatest({date_0}, {date_1})"],
    "concat": ["concat({text_0}, {text_1})"],
    "concat_ws": ["concat_ws({text_0}, {text_1}, {text_2})"],
    "convert_to": ["convert_to({text_0}, 'UTF8')"],
    "format": ["format('%s-%s', {text_0}, {text_1})"],
    "json_extract_path": ["json_extract_path({json_0}, 'a')"],
    "json_extract_path_text": ["json_extract_path_text({json_0}, 'a')"],
    "jsonb_extract_path": ["jsonb_extract_path({jsonb_0}, 'a')"],
    "jsonb_extract_path_text": ["jsonb_extract_path_text({jsonb_0}, 'a')"],
    "jsonb_insert": ["jsonb_insert({jsonb_0}, '{{0}}', '1')"],
    "jsonb_set": ["jsonb_set({jsonb_0}, '{{a}}', '1')"],
    "jsonb_strip_nulls": ["jsonb_strip_nulls({jsonb_0})"],
    "array_length": ["array_length({integers_0}, 1)"],
    "array_lower": ["array_lower({integers_0}, 1)"],
    "array_upper": ["array_upper({texts_0}, 1)"],
    "make_interval": ["make_interval(days => {integer_0} % 1000)"],
    "make_timestamp": ["make_timestamp({integer_0}, {integer_1}, 1, 0, 0, {double_precision_2})"],
    "make_timestamptz": [
        "make_timestamptz(2024, {integer_1}, 1, 0, 0, 0)",
        "make_timestamptz(2024, {integer_1}, 1, 0, 0, 0, 'PST')",
    ],
    "num_nonnulls": ["num_nonnulls({integer_0}, {text_1})"],
    "num_nulls": ["num_nulls({integer_0}, {text_1})"],
    "trim": ["trim({text_0})", "trim(both {text_1} from {text_0})"],
    "width_bucket": ["width_bucket({numeric_0}, {numeric_1}, {numeric_2}, 7)"],
    "least": ["least({double_precision_0}, {double_precision_1})", "least({text_0}, {text_1})"],
}
"""Calls of functions that PostgreSQL's catalogue does not list."""
FIELDS = (
    "century", "day", "decade", "dow", "doy", "epoch", "hour", "isodow", "isoyear",
    "microseconds", "millennium", "milliseconds", "minute", "month", "quarter", "second", "week",
    "year",
)  # fmt: skip
PATTERNS = (
    "regexp_match", "regexp_substr", "regexp_like", "regexp_count", "regexp_split_to_array",
)  # fmt: skip
CONSTANTS: dict[str, dict[int, tuple[str, ...]]] = {
    "date_trunc": {0: ("'month'", "'hour'", "'decade'")},
    "date_part": {0: tuple(f"'{field}'" for field in FIELDS)},
    "to_char": {1: ("'999D9'", "'YYYY-MM-DD HH24:MI'")},
    "to_date": {1: ("'YYYY-MM-DD'",)}, "to_timestamp": {1: ("'YYYY-MM-DD'",)},
    "round": {1: ("1", "-1")}, "trunc": {1: ("1", "-1")},
    "encode": {1: ("'hex'", "'base64'")}, "decode": {1: ("'hex'",)},
    "regexp_replace": {1: ("'a'",), 2: ("'x'",), 3: ("'g'",)},
    "date_bin": {2: ("timestamp '2000-01-01'",)},
    **{name: {1: ("'[ab]'",), 2: ("'i'",)} for name in PATTERNS},
}  # fmt: skip
"""Arguments that must be constants, by place."""
UNTRIED = frozenset({"row_to_json"})
"""Functions whose arguments are not to be made here; expressions.sql has them."""
OWN_LIMITS = (
    "cannot be kept",
    "is not supported",
    "cannot be a",
    "infinite interval",
    "Could not parse",
)
"""What the errors say by which a value is refused that PostgreSQL takes."""
_SIGNATURES = """
SELECT DISTINCT array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t)
FROM pg_proc p WHERE proname = %s AND pronamespace = 'pg_catalog'::regnamespace
  AND prokind = 'f' AND NOT proretset AND provariadic = 0 ORDER BY 1
"""
_ATTEMPT = """
CREATE FUNCTION attempt(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text; BEGIN EXECUTE query INTO found; RETURN found;
EXCEPTION WHEN OTHERS THEN RETURN '#error'; END $$
"""
_ANY = {"anyarray": "integer[]", "anyelement": "integer", "anycompatiblearray": "integer[]",
        "anycompatible": "integer", "any": "text", '"any"': "text"}  # fmt: skip


class Edges:
    """The tables in both engines."""

    def __init__(self, connection: Connection, engine: Engine) -> None:
        self.postgres, self.engine = connection, engine
        for statement in [_ATTEMPT, *statements()]:
            connection.execute(statement.encode())
        source = Source(connection, ["edges", "holes"])
        self.schemas = source.feed.schemas
        for table in ("edges", "holes"):
            view = ViewDefinition(f"copy_{table}", f"SELECT * FROM {table}", FILE, 1)
            engine.declare(view, self.schemas, key=None, generation=1)
        applied = engine.apply(source.batch())
        assert not applied.failures, applied.failures
        connection.execute("SET IntervalStyle = postgres")

    def expected(self, call: str, table: str) -> dict[int, str | None]:
        """The text of each row's answer, `#error` where there is none."""
        query = f"SELECT ({call})::text FROM {table} WHERE id = "
        sql = f"SELECT id, attempt(%s || id) FROM {table}"
        return dict(self.postgres.execute(sql.encode(), [query]).fetchall())

    def type_of(self, call: str) -> str | None:
        try:
            row = self.postgres.execute(f"SELECT pg_typeof({call}) FROM holes".encode()).fetchone()
        except psycopg.Error:
            row = self.postgres.execute("SELECT attempt(%s)", [_typed(call)]).fetchone()
        return str(row[0]) if row and row[0] != "#error" else None

    def planned(self, call: str, table: str) -> tuple[str, bool]:
        """SQL of `id` and `v`, and whether `v` may be NULL; raises ViewError."""
        view = ViewDefinition("v", f"SELECT id, {call} AS v FROM {table}", FILE, 1)
        planner = Planner(view, self.schemas, "")
        root = planner.view(parsed(planner.source), is_inline=True)
        return root.rows(Side.NEW, NO_RUN), root.columns[1].nullable

    def row(self, sql: str, *ids: int) -> dict[int, Any]:
        listed = ", ".join(map(str, ids))
        sql = f"SELECT id, v FROM ({sql}) WHERE id IN ({listed})"
        return dict(self.engine._connection.execute(sql).fetchall())

    def found(self, sql: str, ids: list[int]) -> dict[int, Any]:
        """The answers of those rows that are not refused by a limit that is told."""
        rows: dict[int, Any] = {}
        for some in (ids, *([i] for i in ids)):
            if len(rows) == len(ids):
                break
            try:
                rows |= self.row(sql, *some)
            except duckdb.Error as error:
                if len(some) == 1:
                    assert any(limit in str(error) for limit in OWN_LIMITS), f"{sql}: {error}"
        return rows


def _typed(call: str) -> str:
    return f"SELECT pg_typeof({call})::text FROM holes WHERE id = {COPIES}"


@pytest.fixture(scope="module")
def edges(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edges]:
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS function_edges WITH (FORCE)")
        admin.execute("CREATE DATABASE function_edges")
        dsn = postgres_server.rpartition("/")[0] + "/function_edges"
        path = tmp_path_factory.mktemp("edges") / "state.duckdb"
        engine = Engine.open(path, threads=1)
        try:
            with psycopg.connect(dsn, autocommit=True) as connection:
                yield Edges(connection, engine)
        finally:
            engine.close()
            admin.execute("DROP DATABASE function_edges WITH (FORCE)")


def _calls(edges: Edges, name: str) -> Iterator[str]:
    """Calls with columns of each signature, and with the constants that it needs."""
    names = {column(kind, copy): column(kind, copy) for kind in EDGES for copy in range(COPIES)}
    yield from (template.format(**names) for template in WITH_SYNTAX.get(name, ()))
    for (kinds,) in edges.postgres.execute(_SIGNATURES, [name]).fetchall():
        kinds = [_ANY.get(kind, kind) for kind in kinds]
        if len(kinds) > COPIES or not all(kind in EDGES for kind in kinds):
            continue
        constants = CONSTANTS.get(name, {})
        arguments = [[column(kind, copy)] for copy, kind in enumerate(kinds)]
        for place, texts in constants.items():
            if place < len(kinds):
                arguments[place] = list(texts)
        longest = max((len(texts) for texts in arguments), default=1)
        for turn in range(longest):
            listed = ", ".join(texts[turn % len(texts)] for texts in arguments)
            yield f"{name}({listed})"


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_function(name: str, edges: Edges) -> None:
    tried = 0
    for call in _calls(edges, name):
        kind = edges.type_of(call)
        if kind is None:
            continue
        for table in ("edges", "holes"):
            tried += _compare(edges, call, table, kind)
    assert tried or name in UNTRIED


def _compare(edges: Edges, call: str, table: str, kind: str) -> bool:
    """Whether the call is supported."""
    is_number = kind in ("double precision", "real", "numeric")
    try:
        sql, nullable = edges.planned(call, table)
    except ViewError:
        return False  # refused at plan time
    expected = edges.expected(call, table)
    fine = [i for i, text in expected.items() if text != "#error"]
    found = edges.found(sql, fine)
    for i, value in found.items():
        assert (value is None) == (expected[i] is None), f"{call} of {table} {i}: {value}"
        assert nullable or value is not None, f"{call} of {table} {i} is planned never NULL"
    if not is_number:
        try:
            found = edges.found(edges.planned(f"({call})::text", table)[0], fine)
        except ViewError:
            return True  # its text is refused
    for i, value in found.items():
        assert _same(value, expected[i], is_number), (
            f"{call} of {table} {i}: {value}, {expected[i]}"
        )
    for i in [i for i in expected if i not in fine][:2]:
        with pytest.raises(duckdb.Error):
            edges.row(sql, i)
            pytest.fail(f"{call} of {table} {i} fails in PostgreSQL alone")
    return True


def _same(value: Any, text: str | None, is_number: bool) -> bool:
    if value is None or text is None:
        return value is text
    if not is_number:
        return bool(value == text)
    if isinstance(value, float):
        expected = float(text)
        return math.isnan(value) if math.isnan(expected) else math.isclose(value, expected)
    return bool(Decimal(value) == Decimal(text))
