"""Aggregates of pairs of floats (float.c, float8_regr_accum). Touched groups are recomputed,
because sums of floats would drift as values are subtracted."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.duckdb.render.aggregates.accumulator import Accumulation, recomputed
from materializers.engines.duckdb.render.aggregates.call_words import CallWords, Maker, is_there
from materializers.engines.duckdb.render.words import words

_NAN = "CAST('NaN' AS DOUBLE)"
# {n}: the number of pairs; {x}, {y}: the averages; {xx}, {yy}, {xy}: mean products of deviations
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


def _both(rendered: CallWords) -> str:
    return " AND ".join(is_there(each) for each in reversed(rendered.arguments))


def _count(rendered: CallWords) -> Accumulation:
    return recomputed(rendered.call.type, rendered.filtered("count(*)", _both(rendered)))


def _regression(rendered: CallWords) -> Accumulation:
    y, x = (words(each) for each in rendered.arguments)
    both = _both(rendered)
    fine = {"x": f"isfinite({x})", "y": f"isfinite({y})"}
    fine["xy"] = f"{fine['x']} AND {fine['y']}"
    moments = {
        "n": rendered.filtered("count(*)", both),
        "x": rendered.filtered(f"avg({x})", both),
        "y": rendered.filtered(f"avg({y})", both),
        "xx": _finite(rendered, f"var_pop({x})", both, fine["x"]),
        "yy": _finite(rendered, f"var_pop({y})", both, fine["y"]),
        "xy": _finite(rendered, f"covar_pop({y}, {x})", both, fine["xy"]),
    }
    struct = ", ".join(f"'{name}': {sql}" for name, sql in moments.items())
    result = _RESULTS[rendered.call.name].format(**{name: f"p.{name}" for name in moments})
    sql = f"CASE WHEN p.n > 0 THEN {result} END"
    return recomputed(rendered.call.type, f"list_transform([{{{struct}}}], lambda p: {sql})[1]")


def _finite(rendered: CallWords, sql: str, both: str, fine: str) -> str:
    """The aggregate, NaN where a value is not finite: DuckDB would raise an error."""
    strange = rendered.filtered("count(*)", both, f"NOT ({fine})")
    return f"CASE WHEN {strange} > 0 THEN {_NAN} ELSE {rendered.filtered(sql, both, fine)} END"


REGRESSION_WORDS: Mapping[str, Maker] = {
    **dict.fromkeys(_RESULTS, _regression),
    "regr_count": _count,
}
