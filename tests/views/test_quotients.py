"""Numeric division against PostgreSQL's own: the scale it chooses, and its rounding."""

from decimal import Decimal
from random import Random

import duckdb
import psycopg

from materializers.engines.duckdb.macros.division import DIVISION_MACROS

PAIRS = 3_000


def _number(random: Random) -> tuple[int, int]:
    """An unscaled value and its scale: few digits or many, small or large."""
    scale = random.randrange(7)
    value = random.randrange(-(10 ** random.randint(1, 13)), 10 ** random.randint(1, 13))
    return value, scale


def _quotient(a: int, s: int, b: int, t: int) -> str:
    if (a + b) % 2:
        return f"pg_divide({a}::HUGEINT, {s}, {b}::HUGEINT, {t})"
    return f"pg_divide_trimmed({a}::HUGEINT, {s}, {s}, {b}::HUGEINT, {t}, {t})"


def test_quotients_are_those_of_postgresql(postgres_dsn: str) -> None:
    random = Random(7)
    pairs: list[tuple[int, int, int, int]] = []
    while len(pairs) < PAIRS:
        (a, s), (b, t) = _number(random), _number(random)
        if b and (a == 0 or 1e-7 < abs(a / 10**s / (b / 10**t)) < 1e13):
            pairs.append((a, s, b, t))
    connection = duckdb.connect()
    for macro in DIVISION_MACROS:
        connection.execute(macro)
    selects = ["SELECT " + _quotient(a, s, b, t) for a, s, b, t in pairs]
    rows = []
    for start in range(0, PAIRS, 100):
        rows += connection.execute(
            " UNION ALL ".join(
                f"{select}, {start + i}" for i, select in enumerate(selects[start : start + 100])
            )
        ).fetchall()
    found = [value for value, _ in sorted(rows, key=lambda row: int(row[1]))]
    with psycopg.connect(postgres_dsn) as postgres:
        values = ", ".join(
            f"({i}, {Decimal(a).scaleb(-s):f}::numeric, {Decimal(b).scaleb(-t):f}::numeric)"
            for i, (a, s, b, t) in enumerate(pairs)
        )
        sql = f"SELECT a / b FROM (VALUES {values}) v(i, a, b) ORDER BY i"
        expected = [row[0] for row in postgres.execute(sql).fetchall()]
    for pair, wanted, got in zip(pairs, expected, found, strict=True):
        assert wanted == got, f"{pair}: PostgreSQL {wanted}, here {got}"
