"""variance and stddev: of integers and numerics from exact sums, with PostgreSQL's scale and
rounding; of floats recomputed."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.duckdb.render.aggregates.accumulator import (
    Accumulation,
    Accumulator,
    recomputed,
    summed,
)
from materializers.engines.duckdb.render.aggregates.call_words import CallWords, Maker
from materializers.engines.duckdb.render.words import words
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import BIGINT, DIGITS_MAX, WHOLE, numeric


def _is_sample(name: str) -> bool:
    return not name.endswith("_pop")


def _is_root(name: str) -> bool:
    return name.startswith("stddev")


def _deviation(rendered: CallWords) -> Accumulation:
    return _of_floats(rendered) if rendered.call.type.is_float else _of_exact(rendered)


def _of_floats(rendered: CallWords) -> Accumulation:
    name, value = rendered.call.name, rendered.value
    least = int(_is_sample(name))
    function = f"{'stddev' if _is_root(name) else 'var'}_{'samp' if least else 'pop'}"
    finite = rendered.filtered(f"{function}({value})", f"isfinite({value})")
    strange = rendered.filtered("count(*)", f"NOT isfinite({value})")
    count = rendered.filtered(f"count({value})")
    nan = "CAST('NaN' AS DOUBLE)"
    sql = (
        f"CASE WHEN {strange} > 0 THEN CASE WHEN {count} > {least} THEN {nan} END ELSE {finite} END"
    )
    return recomputed(rendered.call.type, sql)


def _of_exact(rendered: CallWords) -> Accumulation:
    """The number of values, their sum, the sum of their squares."""
    call = rendered.call
    count = f"CASE WHEN {_masked(rendered)} IS NOT NULL THEN 1 ELSE 0 END"
    sums = (summed(BIGINT, count), _power(rendered, 1), _power(rendered, 2))
    options = call.arguments[0].type.scale, int(_is_sample(call.name)), int(_is_root(call.name))

    def read(*columns: Expression) -> Expression:
        return Apply("deviation", columns, call.type, options=options)

    return Accumulation(sums, read)


def _masked(rendered: CallWords) -> str:
    return rendered.masked(words(rendered.call.arguments[0]))


def _power(rendered: CallWords, power: int) -> Accumulator:
    """The sum of the values or of their squares."""
    kind = rendered.call.arguments[0].type
    total = WHOLE if kind.is_integer else numeric(DIGITS_MAX, kind.scale * power)
    factor_type = total if power == 1 or kind.is_integer else kind
    factor = f"CAST(coalesce({_masked(rendered)}, 0) AS {stored_type(factor_type)})"
    return summed(total, f"CAST({' * '.join([factor] * power)} AS {stored_type(total)})")


DEVIATION_WORDS: Mapping[str, Maker] = dict.fromkeys(
    ("variance", "var_samp", "var_pop", "stddev", "stddev_samp", "stddev_pop"), _deviation
)
