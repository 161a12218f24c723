"""The planner takes what PostgreSQL takes, refuses what it refuses, and gives the same type: every
operator and function over every pair of types, every aggregate over every type.

What is refused here alone stands in `own_limits.txt`, by name, with its message and an example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
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
FORMS = (
    "{0} BETWEEN {1} AND {0}", "{0} IN ({1}, {0})", "CASE {0} WHEN {1} THEN 1 END",
    "ARRAY[{0}, {1}]", "CASE WHEN c_boolean THEN {0} ELSE {1} END", "{0} = ANY ({1})",
    "({0}, 1) = ({1}, 2)",
    "lag({0}, 1, {1}) OVER (ORDER BY id)", "nth_value({0}, {1}) OVER (ORDER BY id)",
    "lead({0}, {1}) OVER (ORDER BY id)", "- {0}", "~ {0}", "NOT {0}", "|/ {0}", "||/ {0}",
    "{0} IS TRUE", "{0} IS NOT FALSE", '{0} COLLATE "C"', "{0}[1]", "extract(epoch FROM {0})",
    "rank() OVER (PARTITION BY {0} ORDER BY {1})", "count({0}) OVER (ORDER BY {0})",
    *(f"{{0}}::{kind}" for kind in KINDS),
)  # fmt: skip
CONSTANTS = ("NULL", "'a'", "'1'", "1")
WORKED_OUT = ("jsonb_array_length('1')",)
"""What is an error in PostgreSQL only because it works constants out while it plans."""
READ_OTHERWISE = re.compile(r"(NULL|'1') - c_(text|varchar|char)|NULL (%|\?) ")
"""Calls that PostgreSQL takes for jsonb, and what the parser reads otherwise."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`name`: of an operator or a function; `message`: a part of what the refusal says; `call`:
    one that is refused so."""

    name: str
    message: str
    call: str


def _limits() -> list[Limit]:
    lines = (Path(__file__).parent / "own_limits.txt").read_text().splitlines()[1:]
    return [Limit(*line.split(" | ")) for line in lines]


LIMITS = _limits()


@pytest.fixture(scope="module")
def types(postgres_server: str) -> Iterator[TypesAsked]:
    name = f"strictness_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        dsn = postgres_server.rpartition("/")[0] + "/" + name
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield TypesAsked(connection)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _untold(name: str, differences: Iterable[Difference]) -> list[Difference]:
    messages = [limit.message for limit in LIMITS if limit.name == name]
    return [
        (call, expected, found)
        for call, expected, found in differences
        if call not in WORKED_OUT
        and not (found.startswith("#") and any(message in found for message in messages))
        and not READ_OTHERWISE.match(call)
    ]


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.call)
def test_limit_is_one(limit: Limit, types: TypesAsked) -> None:
    """What is no limit any longer must leave the list."""
    condition = "false" if limit.name in BUILT_IN.aggregates else "true"
    found = list(types.differences([limit.call], condition))
    assert found, f"{limit.call} is no longer refused here alone"
    (_, expected, refusal), *_ = found
    assert not expected.startswith("#")
    assert limit.message in refusal


@pytest.mark.parametrize("sign", SIGNS)
def test_operator(sign: str, types: TypesAsked) -> None:
    assert not _untold(sign, types.differing_pairs(f"one {sign} two"))
    columns = [column(kind) for kind in KINDS]
    pairs = [*product(columns, CONSTANTS), *product(CONSTANTS, columns)]
    assert not _untold(sign, types.differences([f"{one} {sign} {two}" for one, two in pairs]))


@pytest.mark.parametrize("name", sorted(BUILT_IN.scalars))
def test_function(name: str, types: TypesAsked) -> None:
    calls = [f"{name}()", *(f"{name}({value})" for value in (*map(column, KINDS), *CONSTANTS))]
    assert not _untold(name, types.differences(calls))
    if types.takes_two(name):
        assert not _untold(name, types.differing_pairs(f"{name}(one, two)"))
        with_constant = [
            f"{name}({column(kind)}, {value})" for kind in KINDS for value in CONSTANTS
        ]
        assert not _untold(name, types.differences(with_constant))


@pytest.mark.parametrize("name", sorted(BUILT_IN.aggregates))
def test_aggregate(name: str, types: TypesAsked) -> None:
    values = (*map(column, KINDS), *CONSTANTS)
    calls = [f"{name}()", *(f"{name}({value})" for value in values)]
    calls += [f"{name}({value}, {other})" for value in values for other in ("c_text", "NULL")]
    assert not _untold(name, types.differences(calls, "false"))


@pytest.mark.parametrize("form", FORMS)
def test_form(form: str, types: TypesAsked) -> None:
    """What both take has one type, and what PostgreSQL refuses is refused."""
    columns = [column(kind) for kind in KINDS]
    pairs = [(one, two) for one in columns for two in (columns if "{1}" in form else columns[:1])]
    found = types.differences([form.format(*pair) for pair in pairs])
    assert not [each for each in found if not each[2].startswith("#")]
