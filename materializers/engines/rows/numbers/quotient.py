"""Quotients of numerics, with as many decimals as PostgreSQL gives them (numeric.c)."""

from __future__ import annotations

import decimal
from decimal import Decimal
from functools import lru_cache

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.numbers.numeric import EXACT, NAN, scale_of, to_scale

SIGNIFICANT_DIGITS_MIN = 16
DISPLAY_SCALE_MAX = 1000
GROUP_DIGITS = 4
"""PostgreSQL keeps a numeric in groups of so many digits, by which it estimates."""


def group_weight(value: Decimal) -> int:
    """The place of the first group of digits that is not 0, as a power of 10,000; 0 of zero."""
    return value.adjusted() // GROUP_DIGITS if value else 0


def quotient_scale(one: Decimal, two: Decimal) -> int:
    """The decimals of `one / two` (select_div_scale)."""
    above, below = group_weight(one), group_weight(two)
    weight = above - below
    if _group(one, above) <= _group(two, below):
        weight -= 1
    scale = SIGNIFICANT_DIGITS_MIN - weight * GROUP_DIGITS
    return min(max(scale, scale_of(one), scale_of(two), 0), DISPLAY_SCALE_MAX)


def _group(value: Decimal, weight: int) -> int:
    """The group of digits that stands at that power of 10,000, if it is the first one."""
    return abs(int(EXACT.scaleb(value, -weight * GROUP_DIGITS) if weight else value))


def divide(one: Decimal, two: Decimal) -> Decimal:
    """The quotient, rounded half away from zero."""
    if not (one.is_finite() and two.is_finite()):
        return _divide_special(one, two)
    if not two:
        raise EvaluationError("division by zero")
    return divide_to_scale(one, two, quotient_scale(one, two))


def divide_to_scale(one: Decimal, two: Decimal, scale: int) -> Decimal:
    """The quotient of finite values with so many decimals."""
    digits = one.adjusted() - two.adjusted() + scale + 2
    return to_scale(_cutting(max(digits, 1)).divide(one, two), scale)


@lru_cache(maxsize=1024)
def _cutting(digits: int) -> decimal.Context:
    """What leaves enough of a quotient to round it once more as if it were whole."""
    context = EXACT.copy()
    context.prec, context.rounding = digits, decimal.ROUND_05UP
    return context


def divide_whole(one: Decimal, two: Decimal) -> Decimal:
    """`div(one, two)`: the quotient without its decimals."""
    if not (one.is_finite() and two.is_finite()):
        return _divide_special(one, two)
    if not two:
        raise EvaluationError("division by zero")
    found = EXACT.divide_int(one, two)
    return found or found.copy_abs()


def _divide_special(one: Decimal, two: Decimal) -> Decimal:
    """A quotient of which one side is infinite, or not a number."""
    if one.is_nan() or two.is_nan() or (one.is_infinite() and two.is_infinite()):
        return NAN
    if not two:
        raise EvaluationError("division by zero")
    if two.is_infinite():
        return Decimal(0)
    return one if two > 0 else one.copy_negate()
