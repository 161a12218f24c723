"""Renders functions of floats, with PostgreSQL's errors."""

from __future__ import annotations

from materializers.engines.duckdb.render.arithmetic import unscaled
from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings, cast, typed
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply

_ROOT = (
    "CASE WHEN {0} < 0 THEN error('cannot take square root of a negative number')"
    " ELSE sqrt({0}) END"
)
_LOGARITHM = (
    "CASE WHEN {{0}} <= 0 THEN error('cannot take logarithm of zero or a negative number')"
    " ELSE {name}({{0}}) END"
)
_FINITE = "CASE WHEN isinf({{0}}) THEN error('input is out of range') ELSE {name}({{0}}) END"
_WITHIN_ONE = (
    "CASE WHEN abs({{0}}) > 1 AND NOT isnan({{0}}) THEN error('input is out of range')"
    " ELSE {name}({{0}}) END"
)


def _square_root(node: Apply) -> str:
    value = node.arguments[0]
    if value.type.is_float:
        return f"CAST({_ROOT.format(words_of(value))} AS {stored_type(node.type)})"
    whole, scale = unscaled(value)
    return f"CAST(pg_square_root({whole}, {scale}) AS {stored_type(node.type)})"


FLOAT_WORDS: Renderings = {
    "sqrt": _square_root,
    "exp": cast("pg_finite(exp({0}), {0}, {0})"),
    "ln": cast(_LOGARITHM.format(name="ln")),
    **dict.fromkeys(("log", "log10"), cast(_LOGARITHM.format(name="log10"))),
    **{name: cast(_FINITE.format(name=name)) for name in ("sin", "cos", "tan")},
    **{name: cast(_WITHIN_ONE.format(name=name)) for name in ("asin", "acos")},
    **{name: typed(name) for name in ("cbrt", "atan", "atan2", "degrees", "radians")},
    **dict.fromkeys(("power", "pow"), typed("pg_power")),
    "pi": "pi()",
}
