"""Numerics: Decimals that keep PostgreSQL's display scale as their exponent (numeric.c)."""

from __future__ import annotations

import decimal
from decimal import Decimal
from functools import lru_cache

from materializers.engines.rows.failure import EvaluationError

WHOLE_DIGITS_MAX = 131_072
SCALE_MAX = 16_383

EXACT = decimal.Context(
    prec=WHOLE_DIGITS_MAX * 2 + SCALE_MAX * 2,
    rounding=decimal.ROUND_HALF_UP,
    Emin=decimal.MIN_EMIN,
    Emax=WHOLE_DIGITS_MAX - 1,
    traps=[decimal.Overflow],
)
"""Room for sums and products of any two numerics. HALF_UP is away from zero, as in numeric.c.
What overflows raises `decimal.Overflow`, which `numeric_overflow` stands for."""

_ROUNDING = EXACT.copy()
_ROUNDING.traps[decimal.InvalidOperation] = True
"""Raises for a number with too many digits."""

NAN = Decimal("NaN")
INFINITY = Decimal("Infinity")


def scale_of(value: Decimal) -> int:
    """The digits that are shown behind the point."""
    # The text costs a quarter of as_tuple()
    text = str(value)
    if "E" not in text:
        return len(text) - 1 - place if (place := text.find(".")) >= 0 else 0
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


@lru_cache(maxsize=1024)
def unit(scale: int) -> Decimal:
    """One in the last of so many decimals; of the powers of ten where `scale` is negative."""
    return Decimal((0, (1,), -scale))


def to_scale(value: Decimal, scale: int) -> Decimal:
    """A finite value rounded to so many decimals, which are all shown."""
    try:
        rounded = _ROUNDING.quantize(value, unit(scale))
    except decimal.InvalidOperation:
        raise numeric_overflow() from None
    return rounded or rounded.copy_abs()


def checked(value: Decimal) -> Decimal:
    """The value, where PostgreSQL's format holds it."""
    if value.is_finite():
        if value.adjusted() >= WHOLE_DIGITS_MAX:
            raise numeric_overflow()
        if scale_of(value) > SCALE_MAX:
            return to_scale(value, SCALE_MAX)
    return value


def negative(value: Decimal) -> Decimal:
    """There is no zero with a sign."""
    return value.copy_negate() if value and not value.is_nan() else value


def numeric_overflow() -> EvaluationError:
    """The error of a value that the format does not hold."""
    return EvaluationError("value overflows numeric format")
