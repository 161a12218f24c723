"""Numerics: Decimals whose exponent is PostgreSQL's display scale (numeric.c)."""

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
"""A decimal context for exact sums and products of any two numerics. HALF_UP rounds away from zero,
as numeric.c does. An overflow raises `decimal.Overflow`, which becomes `numeric_overflow`."""

_ROUNDING = EXACT.copy()
_ROUNDING.traps[decimal.InvalidOperation] = True
"""A context that raises for a number with too many digits."""

NAN = Decimal("NaN")
INFINITY = Decimal("Infinity")


def scale_of(value: Decimal) -> int:
    """The display scale: the number of digits after the point."""
    # parsing the text takes a quarter of the time of as_tuple()
    text = str(value)
    if "E" not in text:
        return len(text) - 1 - place if (place := text.find(".")) >= 0 else 0
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


@lru_cache(maxsize=1024)
def unit(scale: int) -> Decimal:
    """10 ** -scale, the unit of the last decimal."""
    return Decimal((0, (1,), -scale))


def to_scale(value: Decimal, scale: int) -> Decimal:
    """A finite value rounded to the display scale `scale`."""
    try:
        rounded = _ROUNDING.quantize(value, unit(scale))
    except decimal.InvalidOperation:
        raise numeric_overflow() from None
    return rounded or rounded.copy_abs()


def checked(value: Decimal) -> Decimal:
    """The value; raises where PostgreSQL's format cannot represent it."""
    if value.is_finite():
        if value.adjusted() >= WHOLE_DIGITS_MAX:
            raise numeric_overflow()
        if scale_of(value) > SCALE_MAX:
            return to_scale(value, SCALE_MAX)
    return value


def negative(value: Decimal) -> Decimal:
    """The value, without the sign of a negative zero."""
    return value.copy_negate() if value and not value.is_nan() else value


def numeric_overflow() -> EvaluationError:
    """The error for a value that PostgreSQL's format cannot represent."""
    return EvaluationError("value overflows numeric format")
