"""Single precision: its values are Python's floats that a 32-bit float holds."""

from __future__ import annotations

import struct
from decimal import Decimal

_SINGLE = struct.Struct("<f")
_DOUBLE = struct.Struct("<d")
_HALF = 1 << 28
"""The bits of a double behind those of a single, where it lies in the middle of two singles."""
_DIGITS = range(1, 10)
_EXPONENT_MAX = 6
"""From this power of ten on a real's text has an exponent."""


def to_single(value: float) -> float:
    """The nearest single; infinite where there is none."""
    try:
        return float(_SINGLE.unpack(_SINGLE.pack(value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def nearest_single(text: str) -> float:
    """The single nearest to a number's text, which is not always the one nearest to the double
    nearest to it."""
    double = float(text)
    (bits,) = struct.unpack("<Q", _DOUBLE.pack(double))
    if bits & (2 * _HALF - 1) != _HALF:
        return to_single(double)
    exact, middle = Decimal(text), Decimal(double)
    if exact == middle:
        return to_single(double)
    bits += 1 if abs(exact) > abs(middle) else -1
    return to_single(struct.unpack("<d", struct.pack("<Q", bits))[0])


def single_text(value: float) -> str:
    """The shortest digits that are read as this finite single."""
    if value == 0:
        return "-0" if str(value)[0] == "-" else "0"
    digits = next(found for count in _DIGITS if (found := _read_back(value, count)) is not None)
    mantissa, _, power = digits.partition("e")
    exponent = int(power)
    if -4 <= exponent < _EXPONENT_MAX:
        return format(Decimal(digits), "f")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{exponent:+03d}"


def _read_back(value: float, count: int) -> str | None:
    """So many digits that are read as `value`, the nearest ones if there are several."""
    text = f"{value:.{count - 1}e}"
    if nearest_single(text) == value:
        return text
    # Above a power of two singles lie twice as far apart as below
    step = Decimal(text).as_tuple()
    assert isinstance(step.exponent, int)
    near = (Decimal(text) + Decimal(sign).scaleb(step.exponent) for sign in (1, -1))
    found = [each for each in near if nearest_single(str(each)) == value]
    return f"{found[0]:.{count - 1}e}" if found else None
