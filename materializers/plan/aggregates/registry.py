"""Aggregate functions: result types, what is kept for each, and how it follows a delta.

Linear ones (count, sum and avg of exact numbers, bool_and, variances) are kept as sums, over the
distinct values of a stage where the call says DISTINCT; min and max are merged, and worked out
again where the extreme may have left; the rest, sums of floats among them since they would drift,
is worked out again for every touched group.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from materializers.plan.aggregates.accumulator import (
    DISTINCT_VALUE,
    ROW_COUNT,
    Accumulator,
    Aggregate,
    AggregateCall,
    Distinct,
    Rule,
    again,
)
from materializers.plan.aggregates.collected import COLLECTED
from materializers.plan.aggregates.deviation import DEVIATIONS
from materializers.plan.aggregates.interval_total import interval_total
from materializers.plan.aggregates.ordered_set import ORDERED_SETS
from materializers.plan.aggregates.regression import REGRESSIONS
from materializers.plan.expressions.arithmetic import quotient
from materializers.plan.render.words import words
from materializers.plan.types.comparison_key import equality_key, interval_key, refused
from materializers.plan.types.expression import Expression, Words, stored
from materializers.plan.types.quotient import QUOTIENT
from materializers.plan.types.sql_type import (
    BIGINT,
    BOOLEAN,
    DIGITS_MAX,
    DOUBLE,
    TEXT,
    UNKNOWN,
    SqlType,
    numeric,
)


def _distinct(call: AggregateCall) -> Distinct:
    value = call.arguments[0]
    if value.type == UNKNOWN:
        value = value.cast(TEXT)
    key = equality_key(value)
    if key is None:
        raise call.fail(refused(value.type, f"{call.name}(DISTINCT …)"))
    return Distinct(key, call.filter)


def _count_accumulator(call: AggregateCall) -> Accumulator:
    if call.distinct:
        distinct = _distinct(call)
        whole = call.filtered(f"count(DISTINCT {words(distinct.value)})")
        return Accumulator(Rule.SUM, "BIGINT", "1", whole, distinct=distinct)
    counts_all = call.star or not call.arguments[0].nullable
    test = [] if counts_all else [f"{words(call.arguments[0])} IS NOT NULL"]
    test += [f"({call.filter})"] if call.filter else []
    if not test:
        return ROW_COUNT
    argument = f"CASE WHEN {' AND '.join(test)} THEN 1 ELSE 0 END"
    return Accumulator(Rule.SUM, "BIGINT", argument, f"coalesce(sum({argument}), 0)::BIGINT")


def _count(call: AggregateCall) -> Aggregate:
    return Aggregate((_count_accumulator(call),), "{0}", BIGINT, False)


def _sum_type(kind: SqlType) -> SqlType:
    if kind.is_float:
        return kind
    if kind.name == "bigint":
        return numeric(DIGITS_MAX, 0)
    return BIGINT if kind.is_integer else replace(kind, precision=DIGITS_MAX)


def _exact_sum(call: AggregateCall, value: Expression) -> Accumulator:
    stored = "HUGEINT" if value.type.is_integer else f"DECIMAL(38,{value.type.scale})"
    if call.distinct:
        sql, whole = f"CAST({DISTINCT_VALUE} AS {stored})", f"CAST({words(value)} AS {stored})"
        whole = f"CAST(coalesce({call.filtered(f'sum(DISTINCT {whole})')}, 0) AS {stored})"
        return Accumulator(Rule.SUM, stored, sql, whole, distinct=_distinct(call))
    sql = f"CAST(coalesce({call.kept_if(words(value))}, 0) AS {stored})"
    return Accumulator(Rule.SUM, stored, sql, f"coalesce(sum({sql}), 0)::{stored}")


def _number(call: AggregateCall) -> Expression:
    value = call.arguments[0]
    if not value.type.is_number:
        raise call.fail(f"{call.name}({value.type.name}) is not supported")
    return value


def _float_total(call: AggregateCall, sql: str, kind: SqlType) -> Aggregate:
    word = "DISTINCT " if call.distinct else ""
    return again(kind, call.filtered(f"{call.name}({word}{sql})"))


def _sum(call: AggregateCall) -> Aggregate:
    if call.arguments[0].type.name == "interval":
        return interval_total(call)
    value = _number(call)
    kind = _sum_type(value.type)
    if value.type.is_float:
        return _float_total(call, words(value), kind)
    kept = (_exact_sum(call, value), _count_accumulator(call))
    return Aggregate(kept, f"CASE WHEN {{1}} > 0 THEN CAST({{0}} AS {kind.duckdb}) END", kind)


def _avg(call: AggregateCall) -> Aggregate:
    if call.arguments[0].type.name == "interval":
        return interval_total(call)
    value = _number(call)
    if value.type.is_float:
        return _float_total(call, f"CAST({words(value)} AS DOUBLE)", DOUBLE)
    stored = BIGINT if value.type.is_integer else _sum_type(value.type)
    sql = words(quotient(Words("{0}", stored), Words("{1}", BIGINT)))
    kept = (_exact_sum(call, value), _count_accumulator(call))
    return Aggregate(kept, f"CASE WHEN {{1}} > 0 THEN {sql} END", QUOTIENT)


_WITHOUT_EXTREMES = ("boolean", "uuid")
_KEY_DIGITS = 22
"""More than the microseconds of the longest interval have."""


def _extreme(call: AggregateCall) -> Aggregate:
    value = call.arguments[0]
    kind = TEXT if value.type == UNKNOWN or value.type.is_text else value.type
    if kind.is_json or kind.name in _WITHOUT_EXTREMES:
        raise call.fail(f"{call.name}({kind.name}) does not exist")
    if kind.name == "interval":
        return _extreme_interval(call)
    if not (kind.is_ordered and kind.is_comparable):
        raise call.fail(refused(kind, f"{call.name}()"))
    kept = _extreme_accumulator(call, words(value.cast(kind)), kind, call.name)
    if value.type.name != "character":
        return Aggregate((kept,), "{0}", kind)
    # character(n) is compared without the blanks it ends in, and has them again as an answer
    length = _extreme_accumulator(call, f"length({words(value)})", BIGINT, "max")
    sql = "rpad({0}, CAST({1} AS INTEGER), ' ')"
    return Aggregate((kept, length), sql, value.type)


def _extreme_interval(call: AggregateCall) -> Aggregate:
    """By digits that sort as intervals do, with the interval's text behind them."""
    value = stored(call.arguments[0])
    key = f"{words(interval_key(value))} + CAST('1{'0' * _KEY_DIGITS}' AS DECIMAL(38,0))"
    sql = f"(lpad(CAST({key} AS VARCHAR), {_KEY_DIGITS + 1}, '0') || {words(value)})"
    kept = _extreme_accumulator(call, sql, TEXT, call.name)
    return Aggregate((kept,), f"substring({{0}}, {_KEY_DIGITS + 2})", value.type)


def representative(value: Expression) -> Aggregate:
    """One of the values of a group that are equal but may show otherwise."""
    value = stored(value)
    kept = Accumulator(Rule.EXTREME, value.type.duckdb, words(value), f"max({words(value)})", "max")
    return Aggregate((kept,), "{0}", value.type, value.nullable)


def _extreme_accumulator(
    call: AggregateCall, value: str, kind: SqlType, function: str
) -> Accumulator:
    sql = call.kept_if(value)
    return Accumulator(Rule.EXTREME, kind.duckdb, sql, f"{function}({sql})", function)


def _boolean(call: AggregateCall) -> Aggregate:
    """The number of values that are true, and of those that are not NULL."""
    value = call.arguments[0]
    if value.type not in (BOOLEAN, UNKNOWN):
        raise call.fail(f"{call.name}({value.type.name}) does not exist")
    test = f"{words(value.cast(BOOLEAN))} AND {call.filter or 'true'}"
    argument = f"CASE WHEN {test} THEN 1 ELSE 0 END"
    true = Accumulator(Rule.SUM, "BIGINT", argument, f"coalesce(sum({argument}), 0)::BIGINT")
    once = AggregateCall(call.name, call.arguments, call.fail, filter=call.filter)
    wanted = "{0} > 0" if call.name == "bool_or" else "{0} = {1}"
    result = f"CASE WHEN {{1}} > 0 THEN {wanted} END"
    return Aggregate((true, _count_accumulator(once)), result, BOOLEAN)


def _bits(call: AggregateCall) -> Aggregate:
    value = call.arguments[0]
    if not value.type.is_integer:
        raise call.fail(f"{call.name}({value.type.name}) is not supported")
    word = "DISTINCT " if call.distinct and call.name == "bit_xor" else ""
    return again(value.type, call.filtered(f"{call.name}({word}{words(value)})"))


AGGREGATES: dict[str, Callable[[AggregateCall], Aggregate]] = {
    "count": _count,
    "sum": _sum,
    "avg": _avg,
    "min": _extreme,
    "max": _extreme,
    "bool_and": _boolean,
    "bool_or": _boolean,
    "every": _boolean,
    "bit_and": _bits,
    "bit_or": _bits,
    "bit_xor": _bits,
    **DEVIATIONS,
    **COLLECTED,
    **ORDERED_SETS,
    **REGRESSIONS,
}

_ARGUMENTS = {
    **{"string_agg": 2, "json_object_agg": 2, "jsonb_object_agg": 2, "mode": 0},
    **dict.fromkeys(REGRESSIONS, 2),
}


def aggregate(call: AggregateCall) -> Aggregate:
    """What a call keeps; raises the ViewError that `call.fail` makes where it is not supported."""
    wanted = _ARGUMENTS.get(call.name, 1)
    if len(call.arguments) != (0 if call.star else wanted):
        raise call.fail(f"{call.name}() takes {wanted} argument{'s' * (wanted != 1)}")
    shown = "*" if call.star else ", ".join(words(value) for value in call.arguments)
    return replace(AGGREGATES[call.name](call), call=f"{call.name}({shown})")
