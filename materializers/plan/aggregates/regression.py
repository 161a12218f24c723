"""Aggregates of pairs of floats: covariance, correlation, regression (manual, "Aggregate Functions
for Statistics"; float.c, float8_regr_accum). Sums of floats would drift with what is taken back, so
touched groups are worked out again."""

from __future__ import annotations

from collections.abc import Callable

from materializers.plan.aggregates.accumulator import Aggregate, AggregateCall, again
from materializers.plan.render.words import words
from materializers.plan.types.sql_type import BIGINT, DOUBLE, UNKNOWN

_NAN = "CAST('NaN' AS DOUBLE)"
# Over {n} pairs, {xx}, {yy} and {xy}: their mean squared distances from the averages {x} and {y}
_SLOPE = "({xy} / {xx})"
_RESULTS = {
    "covar_pop": "{xy}",
    "covar_samp": "CASE WHEN {n} > 1 THEN {xy} * {n} / ({n} - 1) END",
    "corr": "CASE WHEN {xx} = 0 OR {yy} = 0 THEN NULL WHEN isnan({xy}) THEN {xy}"
    " ELSE least(greatest({xy} / sqrt({xx}) / sqrt({yy}), -1), 1) END",
    "regr_avgx": "{x}",
    "regr_avgy": "{y}",
    "regr_sxx": "{xx} * {n}",
    "regr_syy": "{yy} * {n}",
    "regr_sxy": "{xy} * {n}",
    "regr_slope": f"CASE WHEN {{xx}} <> 0 THEN {_SLOPE} END",
    "regr_intercept": f"CASE WHEN {{xx}} <> 0 THEN {{y}} - {{x}} * {_SLOPE} END",
    "regr_r2": "CASE WHEN {xx} = 0 THEN NULL WHEN {yy} = 0 THEN 1"
    " ELSE {xy} * {xy} / ({xx} * {yy}) END",
}


def _regression(call: AggregateCall) -> Aggregate:
    y, x = (value.cast(DOUBLE) for value in call.arguments)
    if not all(a.type.is_number or a.type == UNKNOWN for a in call.arguments):
        raise call.fail(f"{call.name}() takes numbers")
    if call.distinct:
        raise call.fail(f"{call.name}(DISTINCT …) is not supported")
    both = f"{words(x)} IS NOT NULL AND {words(y)} IS NOT NULL"
    count = call.filtered("count(*)", both)
    if call.name == "regr_count":
        return again(BIGINT, count)
    fine = {"x": f"isfinite({words(x)})", "y": f"isfinite({words(y)})"}
    fine["xy"] = f"{fine['x']} AND {fine['y']}"
    found = {
        "n": count,
        "x": call.filtered(f"avg({words(x)})", both),
        "y": call.filtered(f"avg({words(y)})", both),
        "xx": _finite(call, f"var_pop({words(x)})", both, fine["x"]),
        "yy": _finite(call, f"var_pop({words(y)})", both, fine["y"]),
        "xy": _finite(call, f"covar_pop({words(y)}, {words(x)})", both, fine["xy"]),
    }
    struct = ", ".join(f"'{name}': {sql}" for name, sql in found.items())
    result = _RESULTS[call.name].format(**{name: f"p.{name}" for name in found})
    sql = f"CASE WHEN p.n > 0 THEN {result} END"
    return again(DOUBLE, f"list_transform([{{{struct}}}], lambda p: {sql})[1]")


def _finite(call: AggregateCall, sql: str, both: str, fine: str) -> str:
    """NaN where a value is not finite: DuckDB would fail."""
    strange = call.filtered("count(*)", both, f"NOT ({fine})")
    return f"CASE WHEN {strange} > 0 THEN {_NAN} ELSE {call.filtered(sql, both, fine)} END"


REGRESSIONS: dict[str, Callable[[AggregateCall], Aggregate]] = dict.fromkeys(
    (*_RESULTS, "regr_count"), _regression
)
