"""The shortest text of a float (float.c): the fewest digits that are nearer to it than to any other
float. Python also accepts digits exactly in the middle between two floats."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from materializers.engines.rows.numbers.single import next_single

DOUBLE_PLAIN_BELOW = 1e15
"""From this power of ten on, a double's text has an exponent."""
SINGLE_EXPONENTS = range(-4, 6)
"""Powers of ten for which a real's text has no exponent."""
_MIDDLES_FROM = 2.0**53
"""Below this, the middle between two doubles has more digits than the shortest text."""
_DIGITS_MAX = 17


def double_output(value: float) -> str:
    """The text of a double precision."""
    if -DOUBLE_PLAIN_BELOW < value < DOUBLE_PLAIN_BELOW:
        return repr(value).removesuffix(".0")
    if not math.isfinite(value):
        return _special(value)
    count = len(re.sub(r"e.*|\.0$|[-.]", "", repr(value)).rstrip("0"))
    if abs(value) < _MIDDLES_FROM:
        return _scientific(f"{value:.{count - 1}e}")
    return _scientific(_shortest(value, count, math.nextafter))


def single_output(value: float) -> str:
    """The text of a real."""
    if not math.isfinite(value):
        return _special(value)
    if value == 0:
        return repr(value).removesuffix(".0")
    digits = _shortest(value, 1, next_single)
    if int(digits.partition("e")[2]) in SINGLE_EXPONENTS:
        return format(Decimal(digits), "f")
    return _scientific(digits)


def _special(value: float) -> str:
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _shortest(value: float, count: int, next_to: Callable[[float, float], float]) -> str:
    """The shortest text with at least `count` digits, with an exponent."""
    exact = Fraction(value)
    low, high = ((exact + end) / 2 for end in _neighbours(value, exact, next_to))
    for digits in range(count, _DIGITS_MAX + 1):
        text = f"{value:.{digits - 1}e}"
        if low < Fraction(text) < high:
            return text
        step = Decimal((0, (1,), Decimal(text).adjusted() - digits + 1))
        # above a power of two, floats are twice as far apart as below it
        for other in (Decimal(text) + step, Decimal(text) - step):
            if low < Fraction(other) < high:
                return f"{other:.{digits - 1}e}"
    return text


def _neighbours(
    value: float, exact: Fraction, next_to: Callable[[float, float], float]
) -> tuple[Fraction, Fraction]:
    """The next lower and next higher float; for the greatest float, the higher one has the lower
    one's distance."""
    low, high = next_to(value, -math.inf), next_to(value, math.inf)
    if math.isinf(low):
        return 2 * exact - Fraction(high), Fraction(high)
    return Fraction(low), 2 * exact - Fraction(low) if math.isinf(high) else Fraction(high)


def _scientific(text: str) -> str:
    """The text without trailing zeros, and with at least two digits in the exponent."""
    mantissa, _, power = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(power):+03d}"
