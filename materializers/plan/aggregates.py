"""Aggregate functions: result types, what is kept for each, and how it follows a delta.

Linear ones (count, and sum and avg of exact numbers) are kept as sums; min and max are merged, and
worked out again where the extreme may have left; the rest, sums of floats among them since they
would drift, is worked out again for every touched group.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from materializers.errors import ViewError
from materializers.plan.arithmetic import QUOTIENT, divide_exactly, unscaled
from materializers.plan.expression import Expression
from materializers.plan.render import as_json, as_text
from materializers.plan.sql_type import (
    BIGINT,
    BOOLEAN,
    DIGITS_MAX,
    DOUBLE,
    JSON,
    JSONB,
    TEXT,
    UNKNOWN,
    SqlType,
    numeric,
)


class Rule(Enum):
    """How an accumulator follows a delta."""

    SUM = "sum of weight times value"
    EXTREME = "merged, worked out again where the extreme left"
    AGAIN = "worked out again for touched groups"


@dataclass(frozen=True, slots=True)
class Accumulator:
    """One value kept per group. `argument`: SQL over the input's row (SUM: a number that is never
    NULL; EXTREME: the value). `whole`: SQL of the aggregate over all rows of a group. `function`:
    `min` or `max` for EXTREME."""

    rule: Rule
    type: str
    argument: str
    whole: str
    function: str = ""


@dataclass(frozen=True, slots=True)
class AggregateCall:
    """A call as written: arguments translated, with DISTINCT, ORDER BY and FILTER as SQL. `star`:
    `count(*)`."""

    name: str
    arguments: tuple[Expression, ...]
    fail: Callable[[str], ViewError]
    star: bool = False
    distinct: bool = False
    order: str = ""
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What an aggregate keeps and how its value is read: `result` over `{0}`, `{1}`, … which stand
    for the accumulators' columns."""

    accumulators: tuple[Accumulator, ...]
    result: str
    type: SqlType
    nullable: bool = field(default=True)


def _kept_if(call: AggregateCall, sql: str) -> str:
    return f"CASE WHEN {call.filter} THEN {sql} END" if call.filter else sql


def _count_accumulator(call: AggregateCall) -> Accumulator:
    test = [] if call.star else [f"{call.arguments[0].sql} IS NOT NULL"]
    test += [f"({call.filter})"] if call.filter else []
    argument = f"CASE WHEN {' AND '.join(test)} THEN 1 ELSE 0 END" if test else "1"
    return Accumulator(Rule.SUM, "BIGINT", argument, f"coalesce(sum({argument}), 0)::BIGINT")


def _again(call: AggregateCall, kind: SqlType, sql: str) -> Aggregate:
    """An aggregate that is worked out again; `sql` is the call over all rows of a group."""
    if call.filter:
        sql = f"{sql} FILTER (WHERE {call.filter})"
    return Aggregate((Accumulator(Rule.AGAIN, kind.duckdb, "", sql),), "{0}", kind)


def _inner(call: AggregateCall, sql: str) -> str:
    return f"{'DISTINCT ' if call.distinct else ''}{sql}{call.order}"


def _count(call: AggregateCall) -> Aggregate:
    if call.distinct:
        found = _again(call, BIGINT, f"count(DISTINCT {call.arguments[0].sql})")
        return Aggregate(found.accumulators, "coalesce({0}, 0)", BIGINT, False)
    return Aggregate((_count_accumulator(call),), "{0}", BIGINT, False)


def _sum_type(kind: SqlType) -> SqlType:
    if kind.is_float:
        return kind
    if kind.name == "bigint":
        return numeric(DIGITS_MAX, 0)
    return BIGINT if kind.is_integer else numeric(DIGITS_MAX, kind.scale)


def _exact_sum(call: AggregateCall, value: Expression) -> Accumulator:
    stored = "HUGEINT" if value.type.is_integer else f"DECIMAL(38,{value.type.scale})"
    sql = f"CAST(coalesce({_kept_if(call, value.sql)}, 0) AS {stored})"
    return Accumulator(Rule.SUM, stored, sql, f"coalesce(sum({sql}), 0)::{stored}")


def _number(call: AggregateCall) -> Expression:
    value = call.arguments[0]
    if not value.type.is_number:
        raise call.fail(f"{call.name}({value.type.name}) is not supported")
    return value


def _sum(call: AggregateCall) -> Aggregate:
    value = _number(call)
    kind = _sum_type(value.type)
    if value.type.is_float or call.distinct:
        return _again(call, kind, f"sum({_inner(call, value.sql)})")
    kept = (_exact_sum(call, value), _count_accumulator(call))
    return Aggregate(kept, f"CASE WHEN {{1}} > 0 THEN CAST({{0}} AS {kind.duckdb}) END", kind)


def _avg(call: AggregateCall) -> Aggregate:
    value = _number(call)
    if value.type.is_float:
        return _again(call, DOUBLE, f"avg({_inner(call, f'CAST({value.sql} AS DOUBLE)')})")
    if call.distinct:
        raise call.fail("avg(DISTINCT …) is not supported")
    total = _exact_sum(call, value)
    scale = value.type.scale
    stored = numeric(DIGITS_MAX, scale) if scale else BIGINT
    sql = divide_exactly(*unscaled(Expression("{0}", stored)), "CAST({1} AS HUGEINT)", 0)
    kept = (total, _count_accumulator(call))
    return Aggregate(kept, f"CASE WHEN {{1}} > 0 THEN {sql} END", QUOTIENT)


def _extreme(call: AggregateCall) -> Aggregate:
    value = call.arguments[0]
    kind = TEXT if value.type == UNKNOWN else value.type
    if kind.is_json or kind == BOOLEAN:
        raise call.fail(f"{call.name}({kind.name}) does not exist")
    if not kind.is_ordered:
        raise call.fail(f"{call.name}({kind.name}) is not supported")
    sql = _kept_if(call, value.sql)
    whole = f"{call.name}({sql})"
    kept = Accumulator(Rule.EXTREME, kind.duckdb, sql, whole, call.name)
    return Aggregate((kept,), "{0}", kind)


def _boolean(call: AggregateCall) -> Aggregate:
    name = "bool_or" if call.name == "bool_or" else "bool_and"
    return _again(call, BOOLEAN, f"{name}({call.arguments[0].sql})")


def _string_agg(call: AggregateCall) -> Aggregate:
    text, separator = (as_text(argument) for argument in call.arguments)
    if text is None or separator is None:
        raise call.fail("string_agg() takes text")
    if call.distinct:
        raise call.fail("string_agg(DISTINCT …) is not supported")
    return _again(call, TEXT, f"string_agg({text.sql}, {separator.sql}{call.order})")


def _json_agg(call: AggregateCall) -> Aggregate:
    kind = JSONB if call.name == "jsonb_agg" else JSON
    if call.distinct:
        raise call.fail(f"{call.name}(DISTINCT …) is not supported")
    member = as_json(call.arguments[0])
    listed = f"string_agg({member}, ','{call.order})"
    if call.filter:
        listed = f"{listed} FILTER (WHERE {call.filter})"
    sql = f"('[' || {listed} || ']')"
    return Aggregate((Accumulator(Rule.AGAIN, kind.duckdb, "", sql),), "{0}", kind)


def _json_object_agg(call: AggregateCall) -> Aggregate:
    kind = JSONB if call.name.startswith("jsonb") else JSON
    key = as_text(call.arguments[0])
    if key is None:
        raise call.fail(f"a JSON key cannot be made of {call.arguments[0].type.name}")
    member = f"CAST(to_json({key.sql}) AS VARCHAR) || ':' || {as_json(call.arguments[1])}"
    listed = f"string_agg({member}, ','{call.order})"
    if call.filter:
        listed = f"{listed} FILTER (WHERE {call.filter})"
    sql = f"('{{' || {listed} || '}}')"
    return Aggregate((Accumulator(Rule.AGAIN, kind.duckdb, "", sql),), "{0}", kind)


AGGREGATES: dict[str, Callable[[AggregateCall], Aggregate]] = {
    "count": _count,
    "sum": _sum,
    "avg": _avg,
    "min": _extreme,
    "max": _extreme,
    "bool_and": _boolean,
    "bool_or": _boolean,
    "every": _boolean,
    "string_agg": _string_agg,
    "json_agg": _json_agg,
    "jsonb_agg": _json_agg,
    "json_object_agg": _json_object_agg,
    "jsonb_object_agg": _json_object_agg,
}

_ARGUMENTS = {"string_agg": 2, "json_object_agg": 2, "jsonb_object_agg": 2}


def aggregate(call: AggregateCall) -> Aggregate:
    """What a call keeps; raises the ViewError that `call.fail` makes where it is not supported."""
    wanted = _ARGUMENTS.get(call.name, 1)
    if len(call.arguments) != (0 if call.star else wanted):
        raise call.fail(f"{call.name}() takes {wanted} argument{'s' * (wanted > 1)}")
    return AGGREGATES[call.name](call)
