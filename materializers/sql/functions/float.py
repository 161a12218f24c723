"""Functions of floats (manual, "Mathematical Functions and Operators"). Of numerics PostgreSQL
works out more digits than there is room for here, so all but the square root are refused."""

from __future__ import annotations

from dataclasses import replace

from materializers.sql.functions.call import Call, Functions
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.output import has_display_scale
from materializers.sql.types.quotient import QUOTIENT
from materializers.sql.types.sql_type import DIGITS_MAX, DOUBLE


def _double(call: Call, index: int = 0) -> Expression:
    value = call.arguments[index]
    if value.type.name == "numeric":
        raise call.fail(f"{call.name}(numeric) is not supported; cast to double precision")
    if not value.type.is_number and value.literal is None:
        raise call.fail(f"{call.name}() takes a number, not {value.type.name}")
    return value.cast(DOUBLE)


def _of_one(call: Call) -> Expression:
    call.expect(1)
    return call.apply(DOUBLE, _double(call))


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
    if not has_display_scale(kind) or kind.scale > _ROOT_SCALE or digits > DIGITS_MAX:
        raise call.fail(
            "sqrt() of such a numeric is not supported: round() or cast it to fewer digits, or"
            " cast to double precision"
        )
    return call.apply(replace(QUOTIENT, is_padded=True), value)


FLOAT_FUNCTIONS: Functions = {
    "sqrt": _square_root,
    **dict.fromkeys(("cbrt", "exp", "ln", "log", "log10"), _of_one),
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan"), _of_one),
    **dict.fromkeys(("degrees", "radians"), _of_one),
    **dict.fromkeys(("atan2", "power", "pow"), _of_two),
    "pi": _pi,
}
