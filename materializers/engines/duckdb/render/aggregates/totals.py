"""Linear aggregates as sums: count, sum and avg of exact numbers, bool_and. With DISTINCT, over the
distinct values of a stage. Sums of floats are recomputed, because they would drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from materializers.engines.duckdb.render.aggregates.accumulator import (
    ROW_COUNT,
    Accumulation,
    Accumulator,
    Distinct,
    Rule,
    as_stored,
    recomputed,
    summed,
)
from materializers.engines.duckdb.render.aggregates.call_words import CallWords, Maker, is_there
from materializers.engines.duckdb.render.aggregates.interval_total import interval_total
from materializers.engines.duckdb.render.aggregates.wide_total import wide_total
from materializers.engines.duckdb.render.words import words
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.comparison_key import equality_key
from materializers.sql.types.expression import Apply, Case, Constant, Expression, boolean
from materializers.sql.types.sql_type import BIGINT, DIGITS_MAX, INTEGER, QUOTIENT, WHOLE, SqlType


def _distinct(rendered: CallWords) -> Distinct:
    return Distinct(_key(rendered.call.arguments[0]), rendered.call.filter)


def _key(value: Expression) -> Expression:
    key = equality_key(value)
    assert key is not None, value.type
    return key


def _count_accumulator(rendered: CallWords) -> Accumulator:
    """The number of values that are not NULL; without argument, the number of rows."""
    if rendered.call.distinct:
        bulk = rendered.filtered(f"count(DISTINCT {words(_key(rendered.arguments[0]))})")
        return Accumulator(Rule.SUM, BIGINT, "1", bulk, distinct=_distinct(rendered))
    pairs = zip(rendered.arguments, rendered.call.arguments, strict=True)
    tests = [is_there(each) for each, written in pairs if written.nullable]
    tests += [f"({rendered.filter})"] if rendered.filter else []
    if not tests:
        return ROW_COUNT
    return summed(BIGINT, f"CASE WHEN {' AND '.join(tests)} THEN 1 ELSE 0 END")


def _count(rendered: CallWords) -> Accumulation:
    return Accumulation((_count_accumulator(rendered),), as_stored)


def _total_type(kind: SqlType) -> SqlType:
    return WHOLE if kind.is_integer else replace(kind, precision=DIGITS_MAX)


def _total(rendered: CallWords) -> Accumulator:
    kind = _total_type(rendered.call.arguments[0].type)
    if rendered.call.distinct:
        bulk = rendered.filtered(f"sum(DISTINCT CAST({rendered.value} AS {stored_type(kind)}))")
        argument = f"CAST({{0}} AS {stored_type(kind)})"
        distinct = _distinct(rendered)
        return Accumulator(Rule.SUM, kind, argument, f"coalesce({bulk}, 0)", distinct=distinct)
    value = rendered.masked(words(rendered.call.arguments[0]))
    return summed(kind, f"CAST(coalesce({value}, 0) AS {stored_type(kind)})")


def _where_any(count: Expression, value: Expression) -> Expression:
    """The value where `count` is positive, else NULL."""
    return Case((_is_positive(count),), (value,), Constant(None, value.type))


def _is_positive(count: Expression) -> Expression:
    return boolean(">", count, Constant("0", INTEGER))


def _float_total(rendered: CallWords) -> Accumulation:
    call = rendered.call
    return recomputed(
        call.type, rendered.filtered(f"{call.name}({rendered.distinct}{rendered.value})")
    )


def _sum(rendered: CallWords) -> Accumulation:
    kind = rendered.call.type
    if kind.is_float:
        return _float_total(rendered)
    if kind.name == "interval":
        return interval_total(rendered)
    if kind.is_wide:
        return wide_total(rendered)

    def read(total: Expression, count: Expression) -> Expression:
        return _where_any(count, total.cast(kind))

    return Accumulation((_total(rendered), _count_accumulator(rendered)), read)


def _avg(rendered: CallWords) -> Accumulation:
    kind = rendered.call.type
    if kind.is_float:
        return _float_total(rendered)
    if kind.name == "interval":
        return interval_total(rendered)

    def read(total: Expression, count: Expression) -> Expression:
        return _where_any(count, Apply("/", (total, count), QUOTIENT))

    return Accumulation((_total(rendered), _count_accumulator(rendered)), read)


def _boolean(rendered: CallWords) -> Accumulation:
    """The number of values that are true, and of those that are not NULL."""
    test = f"{rendered.value} AND {rendered.filter or 'true'}"
    true = summed(BIGINT, f"CASE WHEN {test} THEN 1 ELSE 0 END")
    is_or = rendered.call.name == "bool_or"

    def read(true: Expression, count: Expression) -> Expression:
        return _where_any(count, _is_positive(true) if is_or else boolean("=", true, count))

    return Accumulation((true, _count_accumulator(rendered)), read)


def _bits(rendered: CallWords) -> Accumulation:
    call = rendered.call
    return recomputed(
        call.type, rendered.filtered(f"{call.name}({rendered.distinct}{rendered.value})")
    )


TOTALS: Mapping[str, Maker] = {
    "count": _count,
    "sum": _sum,
    "avg": _avg,
    **dict.fromkeys(("bool_and", "bool_or", "every"), _boolean),
    **dict.fromkeys(("bit_and", "bit_or", "bit_xor"), _bits),
}
