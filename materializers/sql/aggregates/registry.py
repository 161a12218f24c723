"""Aggregate functions: argument types, result types and refusals."""

from __future__ import annotations

from dataclasses import replace

from materializers.sql.aggregates.collected import COLLECTED
from materializers.sql.aggregates.deviation import DEVIATIONS
from materializers.sql.aggregates.ordered_set import ORDERED_SETS
from materializers.sql.aggregates.regression import REGRESSIONS
from materializers.sql.aggregates.written_call import Binding, WrittenCall
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.comparison_key import equality_key, is_keyed, refused
from materializers.sql.types.expression import Expression, stored
from materializers.sql.types.sql_type import (
    BIGINT,
    BOOLEAN,
    DIGITS_MAX,
    DOUBLE,
    INTERVAL_TEXT,
    QUOTIENT,
    TEXT,
    UNKNOWN,
    WIDE,
    SqlType,
    numeric,
)


def _check_distinct(call: WrittenCall) -> None:
    """Refuse DISTINCT over a type without equality."""
    if call.distinct and equality_key(call.value) is None:
        raise call.fail(refused(call.value.type, f"{call.name}(DISTINCT …)"))


def _count(call: WrittenCall) -> AggregateCall:
    if call.star:
        return call.bound(BIGINT, nullable=False)
    _check_distinct(call)
    return call.bound(BIGINT, call.value, nullable=False)


def _number(call: WrittenCall) -> Expression:
    value = call.arguments[0]
    if not value.type.is_number:
        raise call.fail(f"{call.name}({value.type.name}) is not supported")
    return value


def _sum_type(kind: SqlType) -> SqlType:
    if kind.is_float:
        return kind
    if kind.name == "bigint":
        return numeric(DIGITS_MAX, 0)
    if kind.is_wide:
        return WIDE
    return BIGINT if kind.is_integer else replace(kind, precision=DIGITS_MAX)


def _of_intervals(call: WrittenCall) -> AggregateCall:
    if call.distinct:
        raise call.fail(f"{call.name}(DISTINCT interval) is not supported")
    return call.bound(INTERVAL_TEXT, call.arguments[0])


def _sum(call: WrittenCall) -> AggregateCall:
    if call.arguments[0].type.name == "interval":
        return _of_intervals(call)
    value = _number(call)
    return call.bound(_sum_type(value.type), value)


def _avg(call: WrittenCall) -> AggregateCall:
    if call.arguments[0].type.name == "interval":
        return _of_intervals(call)
    value = _number(call)
    if value.type.is_float:
        return call.bound(DOUBLE, value.cast(DOUBLE))
    if value.type.is_wide or call.is_wide:
        return call.bound(WIDE, value.cast(WIDE))
    return call.bound(QUOTIENT, value)


_WITHOUT_EXTREMES = ("boolean", "uuid")


def _extreme(call: WrittenCall) -> AggregateCall:
    value = call.value
    kind = TEXT if value.type.is_text else value.type
    if kind.is_json or kind.name in _WITHOUT_EXTREMES:
        raise call.fail(f"{call.name}({kind.name}) does not exist")
    if kind.name == "interval":
        return call.bound(INTERVAL_TEXT, value)
    if kind.element is None and is_keyed(value.type):
        return call.bound(value.type, value, options=value.type.labels)
    if not (kind.is_ordered and kind.is_comparable):
        raise call.fail(refused(kind, f"{call.name}()"))
    return call.bound(value.type if value.type.name == "character" else kind, value)


def _boolean(call: WrittenCall) -> AggregateCall:
    value = call.arguments[0]
    if value.type not in (BOOLEAN, UNKNOWN):
        raise call.fail(f"{call.name}({value.type.name}) does not exist")
    return call.bound(BOOLEAN, value.cast(BOOLEAN))


def _bits(call: WrittenCall) -> AggregateCall:
    value = call.arguments[0]
    if not value.type.is_integer:
        raise call.fail(f"{call.name}({value.type.name}) is not supported")
    return call.bound(value.type, value)


BUILT_IN_AGGREGATES: dict[str, Binding] = {
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

INDIFFERENT = ("min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or", "any_value")
"""Aggregates whose result ignores duplicates."""

ARGUMENTS = {
    **{"string_agg": 2, "json_object_agg": 2, "jsonb_object_agg": 2, "mode": 0},
    **dict.fromkeys(REGRESSIONS, 2),
}
"""The number of an aggregate's arguments, where it is not one."""


def representative(value: Expression, condition: Expression | None = None) -> AggregateCall:
    """Picks one of a group's values, which are equal but may print differently; of those alone for
    which the condition is true."""
    value = stored(value)
    nullable = value.nullable or condition is not None
    return AggregateCall("representative", (value,), value.type, nullable, filter=condition)
