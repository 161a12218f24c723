"""Functions of numbers (manual, "Mathematical Functions and Operators", "Conditional Expressions").

A numeric is rounded half away from zero, a double half to even.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from materializers.engines.rows.failure import out_of_range
from materializers.engines.rows.meaning import (
    Chosen,
    Function,
    Meanings,
    Said,
    Source,
    lenient_source,
)
from materializers.engines.rows.numbers.number_text import INTEGER_BITS
from materializers.engines.rows.numbers.numeric import (
    EXACT,
    NAN,
    SCALE_MAX,
    WHOLE_DIGITS_MAX,
    scale_of,
    to_scale,
    unit,
)
from materializers.engines.rows.numbers.quotient import divide_whole
from materializers.engines.rows.numbers.width_bucket import width_bucket
from materializers.engines.rows.values import Value, order_key
from materializers.sql.types.expression import Apply


def _absolute(node: Apply) -> Said:
    kind = node.type
    if not kind.is_integer:
        return Decimal.copy_abs if kind.name == "numeric" else Source("abs({0})")
    return _within(kind.name, abs)


def _within(name: str, calculate: Callable[..., int]) -> Function:
    """The function with a check that its result fits the integer type."""
    bound = 2 ** (INTEGER_BITS[name] - 1)

    def calculated(*values: int) -> int:
        result = calculate(*values)
        if not -bound <= result < bound:
            raise out_of_range(name)
        return result

    return calculated


def _sign(node: Apply) -> Function:
    return _numeric_sign if node.arguments[0].type.name == "numeric" else _float_sign


def _numeric_sign(value: Decimal) -> Decimal:
    if value.is_nan():
        return value
    return Decimal((value > 0) - (value < 0))


def _float_sign(value: float) -> float:
    return float((value > 0) - (value < 0))


def _rounding(of_double: Callable[[float], int], mode: str) -> Chosen:
    """round(), trunc(), floor() or ceil(), to an integer or a number of decimals."""

    def choose(node: Apply) -> Function:
        if node.options or node.arguments[0].type.name == "numeric":
            return to_digits(int(node.options[0]) if node.options else 0, mode)

        def rounded(value: float) -> float:
            # a zero has the value's sign
            return math.copysign(of_double(value), value) if math.isfinite(value) else value

        return rounded

    return Chosen(choose)


def to_digits(digits: int, mode: str) -> Callable[[Decimal | int], Decimal]:
    """A function that rounds to `digits` decimals; negative: to a power of ten."""
    digits = min(max(digits, -WHOLE_DIGITS_MAX - 1), SCALE_MAX)
    last = unit(digits)

    def rounded(value: Decimal | int) -> Decimal:
        exact = value if isinstance(value, Decimal) else Decimal(value)
        if not exact.is_finite():
            return exact
        result = exact.quantize(last, mode, EXACT)
        if digits < 0:
            result = to_scale(result, 0)
        return result or result.copy_abs()

    return rounded


def _extreme(node: Apply) -> Function:
    """greatest() and least(); NULL is ignored."""
    choose: Callable[..., Any] = max if node.name == "greatest" else min
    key = order_key(node.type)
    is_numeric = node.type.name == "numeric"

    def extreme(*values: Value) -> Value:
        present = [value for value in values if value is not None]
        if is_numeric:
            try:
                return choose(present, default=None)
            except decimal.InvalidOperation:  # one of them is NaN
                pass
        return choose(present, key=key, default=None)

    return extreme


def _divisor(node: Apply) -> Function:
    if node.type.name == "numeric":
        return _numeric_divisor if node.name == "gcd" else _numeric_multiple
    return _within(node.type.name, math.gcd if node.name == "gcd" else math.lcm)


def _numeric_divisor(one: Decimal, two: Decimal) -> Decimal:
    if not (one.is_finite() and two.is_finite()):
        return NAN
    scale = max(scale_of(one), scale_of(two))
    whole = math.gcd(*(int(EXACT.scaleb(each, scale)) for each in (one, two)))
    return EXACT.scaleb(Decimal(whole), -scale)


def _numeric_multiple(one: Decimal, two: Decimal) -> Decimal:
    if not (one.is_finite() and two.is_finite()):
        return NAN
    if not one or not two:
        return to_scale(Decimal(0), max(scale_of(one), scale_of(two)))
    divisor = _numeric_divisor(one, two)
    result = EXACT.multiply(divide_whole(one, divisor), two).copy_abs()
    return to_scale(result, max(scale_of(one), scale_of(two)))


NUMBERS: Meanings = {
    "abs": Chosen(_absolute),
    "sign": Chosen(_sign),
    "round": _rounding(round, decimal.ROUND_HALF_UP),
    "trunc": _rounding(math.trunc, decimal.ROUND_DOWN),
    "floor": _rounding(math.floor, decimal.ROUND_FLOOR),
    **dict.fromkeys(("ceil", "ceiling"), _rounding(math.ceil, decimal.ROUND_CEILING)),
    "div": divide_whole,
    "trim scale": lenient_source("{0}"),  # equal Decimals are equal, whatever their scale
    "gcd": Chosen(_divisor),
    "lcm": Chosen(_divisor),
    "width_bucket": Chosen(width_bucket),
    "greatest": Chosen(_extreme, is_strict=False),
    "least": Chosen(_extreme, is_strict=False),
}
