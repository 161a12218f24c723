"""Linear aggregates (count, sum and avg of exact numbers, bool_and) as sums, over the distinct
values of a stage where the call says DISTINCT. Sums of floats would drift, and are worked out
again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from materializers.engines.duckdb.render.aggregates.accumulator import (
    ROW_COUNT,
    Accumulation,
    Accumulator,
    Distinct,
    Rule,
    again,
    as_kept,
    summed,
)
from materializers.engines.duckdb.render.aggregates.call_words import CallWords, Maker, is_there
from materializers.engines.duckdb.render.aggregates.interval_total import interval_total
from materializers.engines.duckdb.render.aggregates.wide_total import wide_total
from materializers.engines.duckdb.render.words import words
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.comparison_key import equality_key
from materializers.sql.types.expression import Apply, Case, Constant, Expression, boolean
from materializers.sql.types.quotient import QUOTIENT
from materializers.sql.types.sql_type import BIGINT, DIGITS_MAX, INTEGER, WHOLE, SqlType


def _distinct(said: CallWords) -> Distinct:
    return Distinct(_key(said.call.arguments[0]), said.call.filter)


def _key(value: Expression) -> Expression:
    key = equality_key(value)
    assert key is not None, value.type
    return key


def _count_accumulator(said: CallWords) -> Accumulator:
    """The number of values that are not NULL, of rows where there is no argument."""
    if said.call.distinct:
        whole = said.filtered(f"count(DISTINCT {words(_key(said.arguments[0]))})")
        return Accumulator(Rule.SUM, BIGINT, "1", whole, distinct=_distinct(said))
    pairs = zip(said.arguments, said.call.arguments, strict=True)
    tests = [is_there(each) for each, written in pairs if written.nullable]
    tests += [f"({said.filter})"] if said.filter else []
    if not tests:
        return ROW_COUNT
    return summed(BIGINT, f"CASE WHEN {' AND '.join(tests)} THEN 1 ELSE 0 END")


def _count(said: CallWords) -> Accumulation:
    return Accumulation((_count_accumulator(said),), as_kept)


def _total_type(kind: SqlType) -> SqlType:
    return WHOLE if kind.is_integer else replace(kind, precision=DIGITS_MAX)


def _total(said: CallWords) -> Accumulator:
    kind = _total_type(said.call.arguments[0].type)
    if said.call.distinct:
        whole = said.filtered(f"sum(DISTINCT CAST({said.value} AS {stored_type(kind)}))")
        argument = f"CAST({{0}} AS {stored_type(kind)})"
        distinct = _distinct(said)
        return Accumulator(Rule.SUM, kind, argument, f"coalesce({whole}, 0)", distinct=distinct)
    value = said.kept_if(words(said.call.arguments[0]))
    return summed(kind, f"CAST(coalesce({value}, 0) AS {stored_type(kind)})")


def _where_any(count: Expression, value: Expression) -> Expression:
    """A value where anything was counted, else NULL."""
    return Case((_is_positive(count),), (value,), Constant(None, value.type))


def _is_positive(count: Expression) -> Expression:
    return boolean(">", count, Constant("0", INTEGER))


def _float_total(said: CallWords) -> Accumulation:
    call = said.call
    return again(call.type, said.filtered(f"{call.name}({said.distinct}{said.value})"))


def _sum(said: CallWords) -> Accumulation:
    kind = said.call.type
    if kind.is_float:
        return _float_total(said)
    if kind.name == "interval":
        return interval_total(said)
    if kind.is_wide:
        return wide_total(said)

    def read(total: Expression, count: Expression) -> Expression:
        return _where_any(count, total.cast(kind))

    return Accumulation((_total(said), _count_accumulator(said)), read)


def _avg(said: CallWords) -> Accumulation:
    kind = said.call.type
    if kind.is_float:
        return _float_total(said)
    if kind.name == "interval":
        return interval_total(said)

    def read(total: Expression, count: Expression) -> Expression:
        return _where_any(count, Apply("/", (total, count), QUOTIENT))

    return Accumulation((_total(said), _count_accumulator(said)), read)


def _boolean(said: CallWords) -> Accumulation:
    """The number of values that are true, and of those that are not NULL."""
    test = f"{said.value} AND {said.filter or 'true'}"
    true = summed(BIGINT, f"CASE WHEN {test} THEN 1 ELSE 0 END")
    is_or = said.call.name == "bool_or"

    def read(true: Expression, count: Expression) -> Expression:
        return _where_any(count, _is_positive(true) if is_or else boolean("=", true, count))

    return Accumulation((true, _count_accumulator(said)), read)


def _bits(said: CallWords) -> Accumulation:
    call = said.call
    return again(call.type, said.filtered(f"{call.name}({said.distinct}{said.value})"))


TOTALS: Mapping[str, Maker] = {
    "count": _count,
    "sum": _sum,
    "avg": _avg,
    **dict.fromkeys(("bool_and", "bool_or", "every"), _boolean),
    **dict.fromkeys(("bit_and", "bit_or", "bit_xor"), _bits),
}
