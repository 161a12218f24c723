"""`to_char(number, pattern)` with `9 0 , .` and `FM` (manual, "Template Patterns for Numeric
Formatting")."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from materializers.engines.rows.numbers.numeric import to_scale
from materializers.sql.types.expression import Apply


def formatted_number(node: Apply) -> Callable[[Decimal | int], str]:
    """`node.options`: the pattern before and after the point, and whether it is padded."""
    whole, fraction, is_filled = str(node.options[0]), str(node.options[1]), bool(node.options[2])
    return _Pattern(whole, fraction, is_filled).shown


class _Pattern:
    def __init__(self, whole: str, fraction: str, is_filled: bool) -> None:
        self._whole, self._fraction, self._is_filled = whole, fraction, is_filled
        places = whole.replace(",", "")
        self._places = len(places)
        self._forced = len(places.lstrip("9"))
        self._kept = len(fraction) if is_filled else fraction.rfind("0") + 1
        full = f"{whole}.{fraction}" if fraction else whole
        self._width = len(full) + 1
        self._too_long = re.sub("[90]", "#", full)

    def shown(self, value: Decimal | int) -> str:
        exact = Decimal(value)
        rounded = to_scale(exact, len(self._fraction)) if exact.is_finite() else exact
        digits, _, decimals = f"{rounded.copy_abs():f}".partition(".")
        sign = "-" if rounded.is_signed() else " " if self._is_filled else ""
        if len(digits) > self._places:
            return sign + self._too_long
        decimals = decimals[: self._kept] + decimals[self._kept :].rstrip("0")
        has_point = self._fraction and exact.is_finite()
        if has_point and digits == "0":
            digits = ""
        shown = self._grouped(digits.rjust(self._forced, "0"))
        if has_point:
            # a zero before the point is left out if there are digits after it
            shown = shown or ("" if self._is_filled or decimals else "0")
            decimals = "." + decimals
        body = sign + shown + decimals
        width = self._width if exact.is_finite() else len(self._whole) + 1
        return body.rjust(width) if self._is_filled else body

    def _grouped(self, digits: str) -> str:
        """The digits with the pattern's commas, as far as there are digits."""
        result, left = [], len(digits)
        for sign in reversed(self._whole):
            if left == 0:
                break
            if sign == ",":
                result.append(",")
            else:
                left -= 1
                result.append(digits[left])
        return "".join(reversed(result))
