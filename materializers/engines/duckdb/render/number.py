"""Renders functions of numbers."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings, listed, typed
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import DIGITS_MAX, SqlType, as_numeric, numeric


def _unscaled(value: Expression, kind: SqlType) -> str:
    """SQL of a number's digits without the point."""
    return f"CAST(replace(CAST({words_of(value.cast(kind))} AS VARCHAR), '.', '') AS HUGEINT)"


def _round(node: Apply) -> str:
    if node.options:
        return _to_digits(node)
    return f"CAST(round_even({words_of(node.arguments[0])}, 0) AS {stored_type(node.type)})"


def _trunc(node: Apply) -> str:
    if node.options:
        return _to_digits(node)
    return f"CAST(trunc({words_of(node.arguments[0])}) AS {stored_type(node.type)})"


def _to_digits(node: Apply) -> str:
    """round() and trunc() to fewer decimals, or to digits before the point."""
    value, digits = node.arguments[0], int(node.options[0])
    source = as_numeric(value.type)
    if digits >= source.scale:
        # PostgreSQL shows the added zeros too
        return words_of(value.cast(source).cast(node.type))
    unit = f"CAST({10 ** (source.scale - digits)} AS HUGEINT)"
    whole = _unscaled(value, source)
    half = f" + sign({whole}) * ({unit} // 2)" if node.name == "round" else ""
    places = f"(({whole}{half}) // {unit})"
    if digits < 0:
        return f"CAST({places} * CAST({10**-digits} AS HUGEINT) AS {stored_type(node.type)})"
    factor = f"CAST({10**-digits:.{digits}f} AS DECIMAL({max(digits, 1)},{digits}))"
    sql = f"CAST({places} AS DECIMAL({DIGITS_MAX - digits},0)) * {factor}"
    return f"CAST({sql} AS {stored_type(node.type)})"


def _div(node: Apply) -> str:
    wide = numeric(DIGITS_MAX, max(each.type.scale for each in node.arguments))
    one, two = (_unscaled(each, wide) for each in node.arguments)
    sql = f"CASE WHEN {two} = 0 THEN error('division by zero') ELSE {one} // {two} END"
    return f"CAST({sql} AS {stored_type(node.type)})"


def _divisor(node: Apply) -> str:
    parts = ", ".join(f"CAST({words_of(each)} AS HUGEINT)" for each in node.arguments)
    return f"CAST({node.name}({parts}) AS {stored_type(node.type)})"


def _width_bucket(node: Apply) -> str:
    *bounds, count = node.arguments
    parts = [words_of(each) for each in bounds]
    if not bounds[0].type.is_float:
        # exact, over unscaled integers
        wide = numeric(DIGITS_MAX, max(as_numeric(each.type).scale for each in bounds))
        parts = [_unscaled(each, wide) for each in bounds]
    return (
        f"CAST(pg_width_bucket({', '.join(parts)}, {words_of(count)}) AS {stored_type(node.type)})"
    )


def _extreme(node: Apply) -> str:
    return f"{node.name}({listed(node.arguments)})"


NUMBER_WORDS: Renderings = {
    **{name: typed(name) for name in ("abs", "sign", "floor", "ceil")},
    "ceiling": typed("ceil"),
    "round": _round,
    "trunc": _trunc,
    "div": _div,
    "gcd": _divisor,
    "lcm": _divisor,
    "width_bucket": _width_bucket,
    "greatest": _extreme,
    "least": _extreme,
}
