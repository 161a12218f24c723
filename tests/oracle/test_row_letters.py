"""Letters' case, and numbers by patterns, in the row engine as in PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from materializers.engines.rows.numbers.number_format import formatted_number
from materializers.engines.rows.texts.letters import lower, upper
from materializers.sql.types.expression import Apply, ColumnRef
from materializers.sql.types.sql_type import TEXT, numeric
from tests.views.source import Connection

LETTERS = [*range(1, 0x600), *range(0x1E00, 0x2000)]
"""Latin, Greek and Cyrillic ones, on which Unicode's versions agree."""
NUMBERS = (
    "0 0.5 -0.5 0.004 -0.004 12 123.456 -1234567.891 99.95 999 0.05 -0.05 1e10 9.999 -1 NaN"
    " Infinity -Infinity"
).split()
PATTERNS = 400


@pytest.fixture(scope="module")
def connection(postgres_server: str) -> Iterator[Connection]:
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        yield connection


def test_case_of_letters(connection: Connection) -> None:
    query = "SELECT chr(n), lower(chr(n)), upper(chr(n)) FROM unnest(%s::integer[]) n"
    rows = connection.execute(query, [LETTERS]).fetchall()
    unlike = [row for row in rows if (lower(row[0]), upper(row[0])) != row[1:]]
    assert len(rows) == len(LETTERS)
    assert not unlike


def test_numbers_by_patterns(connection: Connection, seed: int) -> None:
    choose = random.Random(seed)
    calls = [(choose.choice(NUMBERS), _pattern(choose)) for _ in range(PATTERNS)]
    query = (
        "SELECT to_char(v, p) FROM unnest(%s::numeric[], %s::text[]) WITH ORDINALITY u(v, p, n)"
        " ORDER BY n"
    )
    values, patterns = ([call[place] for call in calls] for place in (0, 1))
    expected = [row[0] for row in connection.execute(query, [values, patterns]).fetchall()]
    for (value, pattern), text in zip(calls, expected, strict=True):
        assert _formatted(value, pattern) == text, f"seed {seed}: {value} {pattern}"


def _pattern(choose: random.Random) -> str:
    signs = choose.choices("990,", k=choose.randrange(8))
    whole = choose.choice("90") + "".join(signs)
    behind = "." + "".join(choose.choices("990", k=choose.randrange(1, 5)))
    return choose.choice(("", "FM")) + whole + choose.choice(("", behind))


def _formatted(value: str, pattern: str) -> str:
    kind = numeric(38, 3)
    whole, _, fraction = pattern.removeprefix("FM").partition(".")
    options = (whole, fraction, 0 if pattern.startswith("FM") else 1)
    node = Apply("to_char", (ColumnRef("a", kind),), TEXT, True, options)
    return formatted_number(node)(Decimal(value))
