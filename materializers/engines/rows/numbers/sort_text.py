"""Texts that sort as numerics do; equal numbers (1.0 and 1.00) have one text."""

from __future__ import annotations

from decimal import Decimal

from materializers.engines.rows.numbers.number_text import numeric_output

_LENGTH_DIGITS = 6
_RESTS = str.maketrans("0123456789", "9876543210")


def numeric_sort_text(value: Decimal) -> str:
    """The sign, the number of digits before the point, then all digits. For a negative number each
    digit's complement to 9, and a character after them that is greater than all digits."""
    if value.is_nan():
        return "4"
    if value.is_infinite():
        return "3" if value > 0 else "0"
    text = numeric_output(value.copy_abs())
    whole, point, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    size = f"{len(whole):0{_LENGTH_DIGITS}}{whole}{point if decimals else ''}{decimals}"
    return f"1{size.translate(_RESTS)}:" if value < 0 else f"2{size}"
