"""Logarithms of numerics, with PostgreSQL's number of decimals (numeric.c)."""

from __future__ import annotations

import decimal
import math
from decimal import Decimal

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.numbers.numeric import (
    EXACT,
    NAN,
    WHOLE_DIGITS_MAX,
    scale_of,
    to_scale,
)
from materializers.engines.rows.numbers.quotient import (
    DISPLAY_SCALE_MAX,
    GROUP_DIGITS,
    SIGNIFICANT_DIGITS_MIN,
    group_weight,
)

GUARD_DIGITS = 12
_ROUNDED_DIGITS = 8
_TEN = Decimal(10)
_NEAR_ONE = (Decimal("0.9"), Decimal("1.1"))


def working(digits: int) -> decimal.Context:
    """A decimal context with a number of digits, and some guard digits."""
    return decimal.Context(
        prec=max(digits, 1) + GUARD_DIGITS,
        rounding=decimal.ROUND_HALF_EVEN,
        Emin=decimal.MIN_EMIN,
        Emax=WHOLE_DIGITS_MAX - 1,
        traps=[decimal.Overflow],
    )


def shown_scale(weight: int, *values: Decimal) -> int:
    """The decimals of a result whose first digit has that power of ten."""
    wanted = max(SIGNIFICANT_DIGITS_MIN - weight, *map(scale_of, values), 0)
    return min(wanted, DISPLAY_SCALE_MAX)


def groups_of(value: Decimal, count: int) -> tuple[int, int]:
    """The first `count` base-10000 digits of a positive value as one integer, and its power of
    ten."""
    weight = group_weight(value)
    power = (weight - count + 1) * GROUP_DIGITS
    digits = int(EXACT.scaleb(value, -power))
    base = 10**GROUP_DIGITS
    while digits % base == 0 and EXACT.scaleb(Decimal(digits), power) == value:
        digits, power = digits // base, power + GROUP_DIGITS
    return digits, power


def logarithm_weight(value: Decimal) -> int:
    """An estimate of the power of ten of a logarithm's first digit (estimate_ln_dweight)."""
    if value <= 0:
        return 0
    if _NEAR_ONE[0] <= value <= _NEAR_ONE[1]:
        rest = EXACT.subtract(value, Decimal(1)).copy_abs()
        if not rest:
            return 0
        return group_weight(rest) * GROUP_DIGITS + int(math.log10(groups_of(rest, 1)[0]))
    digits, power = groups_of(value, 2)
    return int(math.log10(abs(math.log(digits) + power * 2.302585092994046)))


def checked_for_logarithm(value: Decimal) -> None:
    """Raise EvaluationError for a value without logarithm."""
    if value < 0:
        raise EvaluationError("cannot take logarithm of a negative number")
    if value == 0:
        raise EvaluationError("cannot take logarithm of zero")


def natural_logarithm(value: Decimal) -> Decimal:
    """`ln(value)`."""
    if value.is_nan():
        return value
    checked_for_logarithm(value)
    if value.is_infinite():
        return value
    weight = logarithm_weight(value)
    scale = shown_scale(weight, value)
    return to_scale(working(scale + max(weight, 0)).ln(value), scale)


def logarithm(value: Decimal) -> Decimal:
    """`log(value)`, to the base of ten."""
    if value.is_nan():
        return value
    checked_for_logarithm(value)
    if value.is_infinite():
        return value
    weight = logarithm_weight(value) - logarithm_weight(_TEN)
    scale = shown_scale(weight, value)
    return to_scale(working(scale + abs(weight)).log10(value), scale)


def logarithm_to(base: Decimal, value: Decimal) -> Decimal:
    """`log(base, value)` (numeric.c, log_var)."""
    if base.is_nan() or value.is_nan():
        return NAN
    both = base, value
    # if an argument is infinite, negative arguments are refused before zeros
    for each in both if base.is_finite() and value.is_finite() else sorted(both):
        checked_for_logarithm(each)
    if base.is_infinite():
        return NAN if value.is_infinite() else Decimal(0)
    if value.is_infinite():
        return value
    if base == 1:
        raise EvaluationError("division by zero")
    weights = logarithm_weight(value), logarithm_weight(base)
    scale = shown_scale(weights[0] - weights[1], base, value)
    context = working(scale + sum(map(abs, weights)) + _ROUNDED_DIGITS)
    return to_scale(context.divide(context.ln(value), context.ln(base)), scale)
