"""Numbers of any length within texts: Python reads no more than some thousands of digits."""

from __future__ import annotations

_DIGITS_MAX = 30


def counted(digits: str) -> int:
    """The number of some digits, with a sign or without; one beyond all bounds where they are
    many."""
    sign = -1 if digits[:1] == "-" else 1
    bare = digits.lstrip("+-").lstrip("0")
    return sign * int(bare or 0) if len(bare) <= _DIGITS_MAX else sign * 10**_DIGITS_MAX
