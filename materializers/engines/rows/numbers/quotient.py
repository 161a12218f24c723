"""Quotients of numerics, with PostgreSQL's number of decimals (numeric.c)."""

from __future__ import annotations

import decimal
from decimal import Decimal
from functools import lru_cache

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.numbers.numeric import EXACT, NAN, scale_of, to_scale

SIGNIFICANT_DIGITS_MIN = 16
DISPLAY_SCALE_MAX = 1000
GROUP_DIGITS = 4
"""Digits of a base-10000 digit, PostgreSQL's unit of storage, in which it estimates scales."""


def group_weight(value: Decimal) -> int:
    """The power of 10,000 of the first base-10000 digit that is not 0; 0 for zero."""
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
    """The base-10000 digit at that power of 10,000, the first one that is not 0."""
    return abs(int(EXACT.scaleb(value, -weight * GROUP_DIGITS) if weight else value))


def divide(one: Decimal, two: Decimal) -> Decimal:
    """The quotient, rounded half away from zero."""
    if not (one.is_finite() and two.is_finite()):
        return _divide_special(one, two)
    if not two:
        raise EvaluationError("division by zero")
    return divide_to_scale(one, two, quotient_scale(one, two))


def divide_to_scale(one: Decimal, two: Decimal, scale: int) -> Decimal:
    """The quotient of finite values, rounded to `scale` decimals."""
    digits = one.adjusted() - two.adjusted() + scale + 2
    return to_scale(_cutting(max(digits, 1)).divide(one, two), scale)


@lru_cache(maxsize=1024)
def _cutting(digits: int) -> decimal.Context:
    """A decimal context whose quotient can be rounded again as if it were exact."""
    context = EXACT.copy()
    context.prec, context.rounding = digits, decimal.ROUND_05UP
    return context


def divide_whole(one: Decimal, two: Decimal) -> Decimal:
    """`div(one, two)`: the quotient truncated to an integer."""
    if not (one.is_finite() and two.is_finite()):
        return _divide_special(one, two)
    if not two:
        raise EvaluationError("division by zero")
    result = EXACT.divide_int(one, two)
    return result or result.copy_abs()


def _divide_special(one: Decimal, two: Decimal) -> Decimal:
    """A quotient with an infinite operand or NaN."""
    if one.is_nan() or two.is_nan() or (one.is_infinite() and two.is_infinite()):
        return NAN
    if not two:
        raise EvaluationError("division by zero")
    if two.is_infinite():
        return Decimal(0)
    return one if two > 0 else one.copy_negate()
