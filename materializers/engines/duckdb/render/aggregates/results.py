"""Results of aggregates from their accumulators, where no function or operator computes them."""

from __future__ import annotations

from materializers.engines.duckdb.render.arithmetic import unscaled
from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply
from materializers.sql.types.sql_type import QUOTIENT

INTERVAL_KEY_DIGITS = 22
"""More digits than the microseconds of the longest interval have."""

VARIANCE_DIGITS = 14
"""Digits before the point of a variance with 38 digits."""


def _total_interval(node: Apply) -> str:
    """An interval's sum or average; arguments: the sums of months, days and microseconds, and the
    number of intervals."""
    *parts, count = (words_of(each) for each in node.arguments)
    sql = f"pg_make_interval({', '.join(parts)})"
    if node.options == ("avg",):
        sql = f"pg_interval_scaled({', '.join(f'CAST({p} AS DOUBLE) / {count}' for p in parts)})"
    return f"(CASE WHEN {count} > 0 THEN pg_interval_iso({sql}) END)"


def _deviation(node: Apply) -> str:
    """A variance or deviation; arguments: the number of values, their sum, and the sum of their
    squares."""
    scale, is_sample, is_root = (int(each) for each in node.options)
    count = words_of(node.arguments[0])
    n = f"CAST({count} AS HUGEINT)"
    total, squares = (unscaled(each)[0] for each in node.arguments[1:])
    rest = f"{n} * ({n}{' - 1' if is_sample else ''})"
    numerator = f"{n} * {squares} - {total} * {total}"
    # a list of one struct serves as "let": each member is computed once
    most = f"CAST(q.d AS DOUBLE) * 1e{VARIANCE_DIGITS + 2 * scale}"
    large = f"error('a variance of 1e{VARIANCE_DIGITS} or more: cast to double precision')"
    pair, wide = f"q.n, {2 * scale}, q.d, 0", f"q.n, {2 * scale}, {2 * scale}, q.d, 0, 0"
    sql = f"CASE WHEN CAST(q.n AS DOUBLE) >= {most} THEN {large} ELSE pg_divide({pair}) END"
    sql = f"CAST({sql} AS {stored_type(QUOTIENT)})"
    given = f"[{{'n': {numerator}, 'd': {rest}}}]"
    if is_root:
        given = f"list_transform({given}, lambda q: {{'v': {sql}, 'k': pg_divide_scale({wide})}})"
        sql = f"CAST(pg_root(q.v, q.k) AS {stored_type(QUOTIENT)})"
    return f"(CASE WHEN {count} > {is_sample} THEN list_transform({given}, lambda q: {sql})[1] END)"


AGGREGATE_RESULTS: Renderings = {
    "deviation": _deviation,
    "total interval": _total_interval,
    "filled up": "rpad({0}, CAST({1} AS INTEGER), ' ')",
    "citext behind its key": "substring({0}, strpos({0}, chr(0)) + 1)",
    "interval behind its key": f"substring({{0}}, {INTERVAL_KEY_DIGITS + 2})",
}
