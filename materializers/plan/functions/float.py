"""Functions of floats (manual, "Mathematical Functions and Operators"). Of numerics PostgreSQL
works out more digits than there is room for here, so those are refused."""

from __future__ import annotations

from materializers.plan.functions.call import Call, Function, Functions
from materializers.plan.types.expression import Expression
from materializers.plan.types.sql_type import DOUBLE


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
    return Expression("pi()", DOUBLE, False)


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

FLOAT_FUNCTIONS: Functions = {
    "sqrt": _function(_SQUARE_ROOT),
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
