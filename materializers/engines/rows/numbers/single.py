"""Single precision: values are Python floats that a 32-bit float represents exactly."""

from __future__ import annotations

import math
import struct
from decimal import Decimal

_SINGLE = struct.Struct("<f")
_SINGLE_BITS = struct.Struct("<I")
_DOUBLE = struct.Struct("<d")
_DOUBLE_BITS = struct.Struct("<Q")
_HALF = 1 << 28
"""The extra bits of a double in the middle between two singles."""


def to_single(value: float) -> float:
    """The nearest single; infinite where the value is out of range."""
    try:
        return float(_SINGLE.unpack(_SINGLE.pack(value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def next_single(value: float, towards: float) -> float:
    """The next single of one that is not 0."""
    (bits,) = _SINGLE_BITS.unpack(_SINGLE.pack(value))
    bits += 1 if (value > 0) is (towards > 0) else -1
    return float(_SINGLE.unpack(_SINGLE_BITS.pack(bits))[0])


def nearest_single(text: str) -> float:
    """The single nearest to a number's text. Rounding to a double first may give another one."""
    double = float(text)
    (bits,) = _DOUBLE_BITS.unpack(_DOUBLE.pack(double))
    if bits & (2 * _HALF - 1) != _HALF:
        return to_single(double)
    exact, middle = Decimal(text), Decimal(double)
    if exact == middle:
        return to_single(double)
    bits += 1 if exact.copy_abs() > middle.copy_abs() else -1
    return to_single(_DOUBLE.unpack(_DOUBLE_BITS.pack(bits))[0])
