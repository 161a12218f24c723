"""Roots, powers, logarithms and angles (manual, "Mathematical Functions and Operators"). Those that
PostgreSQL also has for numerics give a wide numeric."""

from __future__ import annotations

from dataclasses import replace

from materializers.sql.functions.call import Call, Functions
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.output import has_display_scale
from materializers.sql.types.sql_type import DIGITS_MAX, DOUBLE, QUOTIENT, UNKNOWN, WIDE, Outgrown


def _double(call: Call, index: int = 0) -> Expression:
    value = call.arguments[index]
    if not value.type.is_number and value.type != UNKNOWN:
        raise call.fail(f"{call.name}() takes a number, not {value.type.name}")
    return value.cast(DOUBLE)


def _of_one(call: Call) -> Expression:
    call.expect(1)
    return call.apply(DOUBLE, _double(call))


def _exact_of_one(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    return call.apply(WIDE, value.cast(WIDE)) if value.type.name == "numeric" else _of_one(call)


def _power(call: Call) -> Expression:
    """power(): of numerics where both are numerics or integers, else of doubles."""
    call.expect(2)
    kinds = [value.type for value in call.arguments]
    is_exact = all(kind.is_integer or kind.name in ("numeric", "unknown") for kind in kinds)
    if not (is_exact and any(kind.name == "numeric" for kind in kinds)):
        return _of_two(call)
    return call.apply(WIDE, *(value.cast(WIDE) for value in call.arguments))


def _logarithm(call: Call) -> Expression:
    """log(x): base 10; log(b, x): base b, of numerics."""
    if len(call.arguments) == 1:
        return _exact_of_one(call)
    call.expect(2)
    if any(not (v.type.is_integer or v.type.name == "numeric") for v in call.arguments):
        raise call.fail("log() to a base takes two numerics")
    return call.apply(WIDE, *(value.cast(WIDE) for value in call.arguments))


def _of_two(call: Call) -> Expression:
    call.expect(2)
    return call.apply(DOUBLE, _double(call), _double(call, 1))


def _pi(call: Call) -> Expression:
    call.expect(0)
    return Apply("pi", (), DOUBLE, False)


_ROOT_SCALE = 12


def _square_root(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    if value.type.name != "numeric":
        return _of_one(call)
    kind = value.type
    decimals = max(kind.scale, 16 - (kind.precision - kind.scale - 1) // 4 * 2)
    digits = kind.precision - kind.scale + 2 * decimals
    if kind.is_wide or kind.scale > _ROOT_SCALE or digits > DIGITS_MAX:
        return call.apply(WIDE, value.cast(WIDE))
    if not has_display_scale(kind):
        raise Outgrown
    return call.apply(replace(QUOTIENT, is_padded=True), value)


FLOAT_FUNCTIONS: Functions = {
    "sqrt": _square_root,
    "cbrt": _of_one,
    **dict.fromkeys(("exp", "ln", "log10"), _exact_of_one),
    "log": _logarithm,
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan"), _of_one),
    **dict.fromkeys(("degrees", "radians"), _of_one),
    "atan2": _of_two,
    **dict.fromkeys(("power", "pow"), _power),
    "pi": _pi,
}
