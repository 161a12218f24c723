"""Roots, powers and exponentials of numerics, with PostgreSQL's number of decimals (numeric.c)."""

from __future__ import annotations

import math
from decimal import Decimal

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.numbers.logarithm import (
    groups_of,
    logarithm_weight,
    shown_scale,
    working,
)
from materializers.engines.rows.numbers.numeric import (
    EXACT,
    INFINITY,
    NAN,
    numeric_overflow,
    scale_of,
    to_scale,
)
from materializers.engines.rows.numbers.quotient import (
    DISPLAY_SCALE_MAX,
    GROUP_DIGITS,
    divide_to_scale,
    group_weight,
)

_RESULT_DIGITS_MAX = 2000
_ROUGH_DIGITS = 8
"""The digits of PostgreSQL's estimate of a power's size."""
_LOG10_E = 0.434294481903252
_SHORT_MAX = 32_767
_INTEGER_MAX = 2**31 - 1


def square_root(value: Decimal) -> Decimal:
    """`sqrt(value)`."""
    if value.is_nan() or value == INFINITY:
        return value
    if value < 0:
        raise EvaluationError("cannot take square root of a negative number")
    scale = shown_scale(group_weight(value) * GROUP_DIGITS // 2 + 1, value)
    whole = int(EXACT.scaleb(value, 2 * scale + 2))
    # one more digit, truncated, suffices for rounding
    root = Decimal(math.isqrt(whole))
    return to_scale(EXACT.scaleb(root, -scale - 1), scale)


def exponential(value: Decimal) -> Decimal:
    """`exp(value)`."""
    if not value.is_finite():
        return Decimal(0) if value == -INFINITY else value
    weight = int(_bounded(float(value) * _LOG10_E))
    return _exponential(value, shown_scale(weight, value))


def _bounded(weight: float) -> float:
    return min(max(weight, -_RESULT_DIGITS_MAX), _RESULT_DIGITS_MAX)


def _exponential(value: Decimal, scale: int) -> Decimal:
    if abs(float(value)) >= _RESULT_DIGITS_MAX * 3:
        if value > 0:
            raise numeric_overflow()
        return to_scale(Decimal(0), scale)
    digits = scale + max(int(float(value) * _LOG10_E), 0) + 2
    return to_scale(working(digits).exp(value), scale)


def power(base: Decimal, exponent: Decimal) -> Decimal:
    """`base ^ exponent`."""
    if base.is_nan() or exponent.is_nan():
        return Decimal(1) if base == 1 or exponent == 0 else NAN
    if base == 0 and exponent < 0:
        raise EvaluationError("zero raised to a negative power is undefined")
    if base < 0 and not _is_whole(exponent):
        raise EvaluationError(
            "a negative number raised to a non-integer power yields a complex result"
        )
    if base.is_infinite() or exponent.is_infinite():
        return _infinite_power(base, exponent)
    if _is_whole(exponent) and -_INTEGER_MAX - 1 <= exponent <= _INTEGER_MAX:
        return _whole_power(base, int(exponent), scale_of(exponent))
    if base == 0:
        return to_scale(base, 16)
    return _real_power(base, exponent)


def _is_whole(value: Decimal) -> bool:
    return value.is_infinite() or value == value.to_integral_value()


def _is_odd(value: Decimal) -> bool:
    return value.is_finite() and int(value) % 2 == 1


def _infinite_power(base: Decimal, exponent: Decimal) -> Decimal:
    """A power with a special value, as POSIX defines pow()."""
    if base == 1 or exponent == 0:
        return Decimal(1)
    if base == 0:
        return Decimal(0)
    if exponent.is_infinite():
        if base.copy_abs() == 1:
            return Decimal(1)
        return INFINITY if (base.copy_abs() > 1) is (exponent > 0) else Decimal(0)
    if exponent < 0:
        return Decimal(0)
    return -INFINITY if base < 0 and _is_odd(exponent) else INFINITY


def _whole_power(base: Decimal, exponent: int, least_scale: int) -> Decimal:
    """A power with an integer exponent (power_var_int)."""
    if base == 0 and exponent != 0:
        weight = 0.0
    else:
        digits, place = groups_of(base.copy_abs(), GROUP_DIGITS) if base else (1, 0)
        weight = (math.log10(digits) + place) * exponent
    if weight > 3 * _SHORT_MAX * GROUP_DIGITS:
        raise numeric_overflow()
    if weight + 1 < -DISPLAY_SCALE_MAX:
        return to_scale(Decimal(0), DISPLAY_SCALE_MAX)
    scale = min(max(shown_scale(int(weight), base), least_scale), DISPLAY_SCALE_MAX)
    if base == 0 and exponent != 0:
        return to_scale(Decimal(0), scale)
    if exponent == 0:
        return to_scale(Decimal(1), scale)
    if exponent == -1:
        return divide_to_scale(Decimal(1), base, scale)
    context = working(scale + max(int(weight), 0) + 2)
    return to_scale(context.power(base, exponent), scale)


def _real_power(base: Decimal, exponent: Decimal) -> Decimal:
    """A power with another exponent, by the logarithm (power_var)."""
    is_negative = base < 0 and _is_odd(exponent)
    base = base.copy_abs()
    rough = max(_ROUGH_DIGITS - logarithm_weight(base), 0)
    estimate = to_scale(working(rough + _ROUGH_DIGITS).ln(base), rough)
    weight = float(to_scale(EXACT.multiply(estimate, exponent), rough))
    if abs(weight) > _RESULT_DIGITS_MAX * 3.01:
        if weight > 0:
            raise numeric_overflow()
        return to_scale(Decimal(0), DISPLAY_SCALE_MAX)
    weight *= _LOG10_E
    scale = shown_scale(int(weight), base, exponent)
    digits = scale + abs(int(weight)) + max(logarithm_weight(base), 0) + _ROUGH_DIGITS
    context = working(digits)
    result = _exponential(context.multiply(context.ln(base), exponent), scale)
    return result.copy_negate() if is_negative and result else result
