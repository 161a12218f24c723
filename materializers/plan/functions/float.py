"""Functions of floats (manual, "Mathematical Functions and Operators"). Of numerics PostgreSQL
works out more digits than there is room for here, so all but the square root are refused."""

from __future__ import annotations

from dataclasses import replace

from materializers.plan.expressions.arithmetic import QUOTIENT, unscaled
from materializers.plan.functions.call import Call, Function, Functions
from materializers.plan.types.expression import Expression, Words
from materializers.plan.types.render import has_display_scale
from materializers.plan.types.sql_type import DIGITS_MAX, DOUBLE


def _double(call: Call, index: int = 0) -> str:
    value = call.arguments[index]
    if value.type.name == "numeric":
        raise call.fail(f"{call.name}(numeric) is not supported; cast to double precision")
    if not value.type.is_number and value.literal is None:
        raise call.fail(f"{call.name}() takes a number, not {value.type.name}")
    return value.cast(DOUBLE).sql


def _function(sql: str) -> Function:
    """`sql` over {0}, a double."""

    def translate(call: Call) -> Expression:
        call.expect(1)
        return call.result(sql.format(_double(call)), DOUBLE)

    return translate


def power(call: Call) -> Expression:
    """`power(a, b)` and `a ^ b`."""
    call.expect(2)
    return call.result(f"pg_power({_double(call)}, {_double(call, 1)})", DOUBLE)


def _arctangent(call: Call) -> Expression:
    call.expect(2)
    return call.result(f"atan2({_double(call)}, {_double(call, 1)})", DOUBLE)


def _pi(call: Call) -> Expression:
    call.expect(0)
    return Words("pi()", DOUBLE, False)


_ROOT_SCALE = 12
_SQUARE_ROOT = (
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


def _square_root(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    if value.type.name != "numeric":
        return call.result(_SQUARE_ROOT.format(_double(call)), DOUBLE)
    kind = value.type
    decimals = max(kind.scale, 16 - (kind.precision - kind.scale - 1) // 4 * 2)
    digits = kind.precision - kind.scale + 2 * decimals
    if not has_display_scale(kind) or kind.scale > _ROOT_SCALE or digits > DIGITS_MAX:
        raise call.fail(
            "sqrt() of such a numeric is not supported: round() or cast it to fewer digits, or"
            " cast to double precision"
        )
    sql, scale = unscaled(value)
    return call.result(f"pg_square_root({sql}, {scale})", replace(QUOTIENT, is_padded=True))


FLOAT_FUNCTIONS: Functions = {
    "sqrt": _square_root,
    "cbrt": _function("cbrt({0})"),
    "exp": _function("pg_finite(exp({0}), {0}, {0})"),
    "ln": _function(_LOGARITHM.format(name="ln")),
    "log": _function(_LOGARITHM.format(name="log10")),
    "log10": _function(_LOGARITHM.format(name="log10")),
    **{name: _function(_FINITE.format(name=name)) for name in ("sin", "cos", "tan")},
    **{name: _function(_WITHIN_ONE.format(name=name)) for name in ("asin", "acos")},
    "atan": _function("atan({0})"),
    "atan2": _arctangent,
    "degrees": _function("degrees({0})"),
    "radians": _function("radians({0})"),
    "pi": _pi,
    "power": power,
    "pow": power,
}
