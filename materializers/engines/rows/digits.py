"""Integers of any length in texts: Python's int() reads only a few thousand digits."""

from __future__ import annotations

_DIGITS_MAX = 30


def counted(digits: str) -> int:
    """The integer of some digits, with or without a sign; for a very long one, a number out of
    every range."""
    sign = -1 if digits[:1] == "-" else 1
    bare = digits.lstrip("+-").lstrip("0")
    return sign * int(bare or 0) if len(bare) <= _DIGITS_MAX else sign * 10**_DIGITS_MAX
