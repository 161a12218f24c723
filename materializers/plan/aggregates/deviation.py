"""variance and stddev: of integers and numerics from exact sums, with PostgreSQL's scale and
rounding (numeric.c, numeric_stddev_internal); of floats worked out again."""

from __future__ import annotations

from collections.abc import Callable

from materializers.plan.aggregates.accumulator import (
    Accumulator,
    Aggregate,
    AggregateCall,
    Rule,
    again,
)
from materializers.plan.render.arithmetic import unscaled
from materializers.plan.render.words import words
from materializers.plan.types.expression import Expression, Words
from materializers.plan.types.quotient import QUOTIENT
from materializers.plan.types.render import has_display_scale
from materializers.plan.types.sql_type import BIGINT, DIGITS_MAX, DOUBLE, numeric

SCALE_MAX = 8
"""Decimals of an argument: its squares and their quotient must fit into 38 digits."""

VARIANCE_DIGITS = 14
"""Digits before the point of a variance that is kept in 38 digits."""

DEVIATION_MACROS = (
    # v: the variance, k: its scale. The double root y leaves a rest v - y * y that is exact and
    # small, so that a double holds what is missing; all in units of 1e-24
    """CREATE OR REPLACE TEMP MACRO pg_root(v, k) AS CASE WHEN v IS NULL THEN NULL ELSE
    list_transform(list_transform([CAST(sqrt(CAST(v AS DOUBLE)) AS DECIMAL(19,12))], lambda y:
     {'t': CAST(replace(CAST(y AS VARCHAR), '.', '') AS HUGEINT) * pg_power_of_ten(12)
       + CASE WHEN v = 0 THEN 0 ELSE CAST(round(
       CAST(v - CAST(y * y AS DECIMAL(38,24)) AS DOUBLE)
       / (sqrt(CAST(v AS DOUBLE)) + CAST(y AS DOUBLE)) * 1e24) AS HUGEINT) END,
      'p': pg_power_of_ten(24 - least(k, 24))}), lambda r:
     CAST((r.t + r.p // 2) // r.p * r.p AS DECIMAL(38,0))
      * CAST('0.000000000000000000000001' AS DECIMAL(24,24)))[1] END""",
)


def _deviation(call: AggregateCall) -> Aggregate:
    value = call.arguments[0]
    if not value.type.is_number:
        raise call.fail(f"{call.name}({value.type.name}) is not supported")
    if call.distinct:
        raise call.fail(f"{call.name}(DISTINCT …) is not supported")
    if value.type.is_float:
        return _of_floats(call, value)
    if value.type.scale > SCALE_MAX or (
        value.type.name == "numeric" and not has_display_scale(value.type)
    ):
        raise call.fail(
            f"{call.name}() needs a number of known scale, of {SCALE_MAX} decimals at most:"
            " cast the argument to numeric(p,s) or to double precision"
        )
    return _of_exact(call, value)


def _of_floats(call: AggregateCall, value: Expression) -> Aggregate:
    name = "stddev" if call.name.startswith("stddev") else "var"
    name += "_pop" if call.name.endswith("_pop") else "_samp"
    sql, least = f"CAST({words(value)} AS DOUBLE)", 0 if call.name.endswith("_pop") else 1
    finite = call.filtered(f"{name}({sql})", f"isfinite({words(value)})")
    strange = call.filtered("count(*)", f"NOT isfinite({words(value)})")
    count = call.filtered(f"count({words(value)})")
    nan = "CAST('NaN' AS DOUBLE)"
    sql = (
        f"CASE WHEN {strange} > 0 THEN CASE WHEN {count} > {least} THEN {nan} END ELSE {finite} END"
    )
    return again(DOUBLE, sql)


def _of_exact(call: AggregateCall, value: Expression) -> Aggregate:
    scale = value.type.scale
    count = f"CASE WHEN {call.kept_if(words(value))} IS NOT NULL THEN 1 ELSE 0 END"
    kept = [Accumulator(Rule.SUM, "BIGINT", count, f"coalesce(sum({count}), 0)::BIGINT")]
    for power in (1, 2):
        stored = "HUGEINT" if value.type.is_integer else f"DECIMAL(38,{scale * power})"
        factor = f"CAST(coalesce({call.kept_if(words(value))}, 0) AS {stored})"
        if power == 2 and not value.type.is_integer:
            factor = f"CAST(coalesce({call.kept_if(words(value))}, 0) AS {value.type.duckdb})"
        product = f"CAST({' * '.join([factor] * power)} AS {stored})"
        whole = f"coalesce(sum({product}), 0)::{stored}"
        kept.append(Accumulator(Rule.SUM, stored, product, whole))
    is_sample = not call.name.endswith("_pop")
    return Aggregate(
        tuple(kept), _result(scale, is_sample, call.name.startswith("stddev")), QUOTIENT
    )


def _result(scale: int, is_sample: bool, is_root: bool) -> str:
    """Over {0} values, {1} their sum, {2} the sum of their squares."""
    n = "CAST({0} AS HUGEINT)"
    kinds = [numeric(DIGITS_MAX, s) if scale else BIGINT for s in (scale, 2 * scale)]
    total, _ = unscaled(Words("{1}", kinds[0]))
    squares, _ = unscaled(Words("{2}", kinds[1]))
    rest = f"{n} * ({n}{' - 1' if is_sample else ''})"
    numerator = f"{n} * {squares} - {total} * {total}"
    # A list of one struct stands for "let": each of these is worked out once
    most = f"CAST(q.d AS DOUBLE) * 1e{VARIANCE_DIGITS + 2 * scale}"
    large = f"error('a variance of 1e{VARIANCE_DIGITS} or more: cast to double precision')"
    pair, wide = f"q.n, {2 * scale}, q.d, 0", f"q.n, {2 * scale}, {2 * scale}, q.d, 0, 0"
    sql = f"CASE WHEN CAST(q.n AS DOUBLE) >= {most} THEN {large} ELSE pg_divide({pair}) END"
    sql = f"CAST({sql} AS {QUOTIENT.duckdb})"
    given = f"[{{'n': {numerator}, 'd': {rest}}}]"
    if is_root:
        given = f"list_transform({given}, lambda q: {{'v': {sql}, 'k': pg_divide_scale({wide})}})"
        sql = f"CAST(pg_root(q.v, q.k) AS {QUOTIENT.duckdb})"
    found = f"list_transform({given}, lambda q: {sql})[1]"
    return f"CASE WHEN {{0}} > {int(is_sample)} THEN {found} END"


DEVIATIONS: dict[str, Callable[[AggregateCall], Aggregate]] = dict.fromkeys(
    ("variance", "var_samp", "var_pop", "stddev", "stddev_samp", "stddev_pop"), _deviation
)
