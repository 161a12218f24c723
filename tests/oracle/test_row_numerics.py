"""Numerics of any size in the row engine: each operation over random pairs gives PostgreSQL's text,
digit for digit, or fails with PostgreSQL's message.

The nodes are made by hand, for the planner refuses what DuckDB has no room for.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.scalar import compiled
from materializers.engines.rows.type_io import input_of, text_of
from materializers.sql.types.expression import Apply, Cast, ColumnRef, Expression
from materializers.sql.types.sql_type import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    TEXT,
    UNBOUNDED_SCALE,
    SqlType,
    numeric,
)
from tests.views.source import Connection

BARE = numeric(38, UNBOUNDED_SCALE)
REAL = SqlType("real")
A, B = ColumnRef("a", BARE, False), ColumnRef("b", BARE, False)
PAIRS = 400
SPECIAL = """
    0 0.0 0.0000 1 -1 1.0 10 0.5 -0.5 0.05 1.5 2.5 100 1e20 1e-20 NaN Infinity -Infinity 0.9 1.1
    0.99999999 1.00000001 9999 10000 10001 0.0001 2 3 -2 -3 7 1e100 123456789012345678901234567890
    99999999999999999999.99999999999999999999 3.4028235e38 1e-45 9.5 2147483647.5 -2147483648.5
""".split()


def _call(name: str, *arguments: Expression, options: tuple[int, ...] = ()) -> Expression:
    return Apply(name, arguments, BARE, False, options)


OPERATIONS: dict[str, Expression] = {
    **{f"a {sign} b": _call(sign, A, B) for sign in "+-*/%"},
    **{f"a {sign} b": Apply(sign, (A, B), BOOLEAN, False) for sign in ("=", "<>", "<", ">=")},
    "-a": _call("-", A),
    "a * b / abs(a)": _call("/", _call("*", A, B), _call("abs", A)),
    "div(a, b)": _call("div", A, B),
    **{f"{name}(a)": _call(name, A) for name in ("abs", "sign", "floor", "ceil", "round", "trunc")},
    **{
        f"{name}(a, {digits})": _call(name, A, options=(digits,))
        for name in ("round", "trunc")
        for digits in (-30, -3, -1, 1, 2, 7, 25)
    },
    **{f"{name}(a)": _call(name, A) for name in ("sqrt", "exp", "ln", "log")},
    "power(a, b)": _call("power", A, B),
    "greatest(a, b)": Apply("greatest", (A, B), BARE),
    "least(a, b)": Apply("least", (A, B), BARE),
    "a::numeric(30, 5)": _call("numeric precision", A, options=(30, 5)),
    **{f"a::{kind.name}": Cast(A, kind) for kind in (INTEGER, BIGINT, DOUBLE, REAL)},
    "a::float8::numeric": _call("numeric of float", Cast(A, DOUBLE)),
    "a::float8::text": Apply("text", (Cast(A, DOUBLE),), TEXT, False),
    "width_bucket(a, b, b + 10, 7)": Apply(
        "width_bucket",
        (A, B, _call("+", B, Cast(ColumnRef("ten", INTEGER, False), BARE)),
         ColumnRef("seven", INTEGER, False)),
        INTEGER,
        False,
    ),
}  # fmt: skip
_ATTEMPT = """
CREATE FUNCTION attempt(operation text, a numeric, b numeric) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
  EXECUTE 'SELECT (' || operation || ')::text FROM (SELECT $1 AS a, $2 AS b)' INTO found USING a, b;
  RETURN found;
EXCEPTION WHEN OTHERS THEN RETURN 'error: ' || SQLERRM; END $$
"""


def _random_number(choose: random.Random) -> str:
    if choose.random() < 0.3:
        return choose.choice(SPECIAL)
    digits = choose.choice((1, 3, 8, 17, 40))
    text = str(choose.randrange(10**digits))
    scale = choose.choice((0, 0, 1, 2, 5, 20))
    if scale:
        text = text.rjust(scale + 1, "0")
        text = f"{text[:-scale]}.{text[-scale:]}"
    return choose.choice(("", "", "-")) + text


class Pairs:
    def __init__(self, connection: Connection, seed: int) -> None:
        self.connection = connection
        connection.execute(_ATTEMPT.encode())
        connection.execute(b"CREATE TABLE pairs (id integer, a numeric, b numeric)")
        choose = random.Random(seed)
        for place in range(PAIRS):
            pair = (place, _random_number(choose), _random_number(choose))
            connection.execute("INSERT INTO pairs VALUES (%s, %s::numeric, %s::numeric)", pair)
        found = connection.execute("SELECT a::text, b::text FROM pairs ORDER BY id").fetchall()
        self.texts: list[tuple[str, str]] = [(a, b) for a, b in found]

    def expected(self, operation: str) -> list[str]:
        query = "SELECT attempt(%s, a, b) FROM pairs ORDER BY id"
        return [row[0] for row in self.connection.execute(query, [operation]).fetchall()]

    def found(self, node: Expression) -> list[str]:
        evaluate, show, read = compiled([node], COLUMNS), text_of(node.type), input_of(BARE)
        answers = []
        for a, b in self.texts:
            try:
                (value,) = evaluate((read(a), read(b), 10, 7))
                answers.append(show(value))
            except EvaluationError as error:
                answers.append(f"error: {error}")
        return answers


COLUMNS = ("a", "b", "ten", "seven")


@pytest.fixture(scope="module")
def pairs(postgres_server: str, seed: int) -> Iterator[Pairs]:
    name = f"numerics_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        dsn = postgres_server.rpartition("/")[0] + "/" + name
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield Pairs(connection, seed)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_numeric(operation: str, pairs: Pairs, seed: int) -> None:
    expected, found = pairs.expected(operation), pairs.found(OPERATIONS[operation])
    unlike = [
        (pair, one, two)
        for pair, one, two in zip(pairs.texts, expected, found, strict=True)
        if one != two
    ]
    assert not unlike, f"seed {seed}, {len(unlike)} of {operation}, the first: {unlike[0]}"
