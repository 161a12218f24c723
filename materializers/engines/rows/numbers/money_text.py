"""Texts of money, with `lc_monetary = 'C'` (cash.c)."""

from __future__ import annotations

import re
from decimal import Decimal

from materializers.engines.rows.failure import EvaluationError, invalid_text

_START = re.compile(r"\s*\$?\s*([-(+]?)\s*\$?\s*([\d,]*)\.?((?:,*\d){0,2},*)", re.ASCII)
_END = re.compile(r"\d*[\s)$+-]*", re.ASCII)
_DECIMALS = 2
_ROUNDED_UP = ("5", "6", "7", "8", "9")
_WHOLE_MAX = 19
_LEAST, _GREATEST = -(2**63), 2**63 - 1


def money_input(text: str) -> Decimal:
    """Reads `-$1,234.56`, `($1,234.56)`, a plain number, or nothing for 0; rounds to two
    decimals."""
    start = _START.match(text)
    assert start is not None
    whole, decimals = (start[place].replace(",", "") for place in (2, 3))
    cents = int(f"0{whole.lstrip('0')[:_WHOLE_MAX]}{decimals:0<{_DECIMALS}}")
    cents += text[start.end() : start.end() + 1] in _ROUNDED_UP
    end = _END.fullmatch(text, start.end())
    # the range is checked before the rest of the text
    if cents <= -_LEAST and end is None:
        raise invalid_text("money", text)
    if start[1] in ("-", "(") or (end is not None and "-" in end[0]):
        cents = -cents
    if not _LEAST <= cents <= _GREATEST:
        raise EvaluationError(f'value "{text}" is out of range for type money')
    return Decimal(cents).scaleb(-_DECIMALS)


def money_output(value: Decimal) -> str:
    """Writes an amount with a dollar sign and commas."""
    return f"{'-' if value < 0 else ''}${value.copy_abs():,.2f}"
