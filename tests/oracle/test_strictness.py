"""The planner takes what PostgreSQL takes, refuses what it refuses, and gives the same type: every
operator and function over every pair of types, every aggregate over every type.

What is refused here only must say that it is not supported, or stand in a list below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product
from uuid import uuid4

import psycopg
import pytest

from materializers.sql.catalogue import BUILT_IN
from tests.oracle.types_asked import KINDS, Difference, TypesAsked, column

SIGNS = (
    "+", "-", "*", "/", "%", "^", "&", "|", "#", "<<", ">>", "=", "<>", "<", ">=", "||", "->",
    "->>", "#>", "#>>", "?", "?|", "?&", "@>", "<@", "&&", "~", "!~*", "LIKE", "ILIKE", "^@",
    "SIMILAR TO", "IS DISTINCT FROM", "IS NOT DISTINCT FROM", "#-", "AND", "OR", "AT TIME ZONE",
)  # fmt: skip
CONSTANTS = ("NULL", "'a'", "'1'", "1")
MORE_THAN_POSTGRESQL = ("gcd(c_smallint, c_smallint)", "lcm(c_smallint, c_smallint)",
                        "to_hex(c_smallint)", "jsonb_array_length('1')")  # fmt: skip
"""What PostgreSQL refuses as ambiguous, or works out while it plans, and is no harm."""
OWN_LIMITS = re.compile(
    r"supported|must be (a )?constant|knows|does not take|even number of elements|not bytea"
    r"|is not recognized here|counts from today|takes two numerics|takes text\.|cannot be made of"
    r"|takes (an? )?[a-z ]+, not (unknown|time without time zone|date)|needs a timestamp, not"
    r"|(years|months|weeks) of make_interval|takes places as integers|is a text or an interval"
    r"|not interval|of known scale|unknown \^ numeric|numeric \^ unknown"
    r"|cannot match (time without time zone and interval|interval and time)"
    r"|cannot match \S+\[\] and numeric|true or false after the array"
)
"""What the message says where a limit is told: constants, patterns, bytea as a text, a time of day
as an interval, a bare NULL as an argument, a numeric beside an array of integers."""
READ_OTHERWISE = re.compile(r"(NULL|'1') - c_(text|varchar|char)|NULL (%|\?) ")
"""Calls that PostgreSQL takes for jsonb, and what the parser reads otherwise."""


@pytest.fixture(scope="module")
def types(postgres_server: str) -> Iterator[TypesAsked]:
    name = f"strictness_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        dsn = postgres_server.rpartition("/")[0] + "/" + name
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield TypesAsked(connection)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _untold(differences: Iterable[Difference]) -> list[Difference]:
    return [
        (call, expected, found)
        for call, expected, found in differences
        if call not in MORE_THAN_POSTGRESQL
        and not (found.startswith("#") and OWN_LIMITS.search(found))
        and not READ_OTHERWISE.match(call)
    ]


@pytest.mark.parametrize("sign", SIGNS)
def test_operator(sign: str, types: TypesAsked) -> None:
    assert not _untold(types.differing_pairs(f"one {sign} two"))
    columns = [column(kind) for kind in KINDS]
    pairs = [*product(columns, CONSTANTS), *product(CONSTANTS, columns)]
    assert not _untold(types.differences([f"{one} {sign} {two}" for one, two in pairs]))


@pytest.mark.parametrize("name", sorted(BUILT_IN.scalars))
def test_function(name: str, types: TypesAsked) -> None:
    calls = [f"{name}()", *(f"{name}({value})" for value in (*map(column, KINDS), *CONSTANTS))]
    assert not _untold(types.differences(calls))
    if types.takes_two(name):
        assert not _untold(types.differing_pairs(f"{name}(one, two)"))
        with_constant = [
            f"{name}({column(kind)}, {value})" for kind in KINDS for value in CONSTANTS
        ]
        assert not _untold(types.differences(with_constant))


@pytest.mark.parametrize("name", sorted(BUILT_IN.aggregates))
def test_aggregate(name: str, types: TypesAsked) -> None:
    values = (*map(column, KINDS), *CONSTANTS)
    calls = [f"{name}()", *(f"{name}({value})" for value in values)]
    calls += [f"{name}({value}, {other})" for value in values for other in ("c_text", "NULL")]
    assert not _untold(types.differences(calls, "false"))
