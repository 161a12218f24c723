"""Texts of numbers (manual, "Numeric Types"; numutils.c, float.c, numeric.c)."""

from __future__ import annotations

import decimal
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from materializers.engines.rows.failure import EvaluationError, invalid_text
from materializers.engines.rows.numbers.float_text import double_output, single_output
from materializers.engines.rows.numbers.money_text import money_input, money_output
from materializers.engines.rows.numbers.numeric import (
    EXACT,
    SCALE_MAX,
    numeric_overflow,
    scale_of,
    to_scale,
)
from materializers.engines.rows.numbers.single import nearest_single
from materializers.engines.rows.values import Value

INTEGER_BITS = {"smallint": 16, "integer": 32, "bigint": 64}
_SPACES = " \t\n\r\v\f"
_WHOLE = r"0[xX](?:_?[0-9a-fA-F]+)+|0[oO](?:_?[0-7]+)+|0[bB](?:_?[01]+)+|\d+(?:_\d+)*"
_INTEGER_TEXT_MAX = 1000
"""A number with this many digits is out of range; int() reads only a few thousand."""
_BASES = {"x": 16, "o": 8, "b": 2}
_INTEGER = re.compile(rf"([-+]?)({_WHOLE})", re.ASCII)
_OID = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)", re.ASCII)
_DIGITS = r"\d+(?:_\d+)*"
_NUMERIC = re.compile(
    rf"[-+]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?({_DIGITS}))?", re.ASCII
)
_HEXADECIMAL = r"0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][-+]?\d+)?"
_EXPONENT_MAX = 2**30 - 1
_FLOAT = re.compile(rf"[-+]?(?:{_HEXADECIMAL}|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)", re.ASCII)
_SPECIAL = {"nan": "NaN", "-nan": "NaN", "+nan": "NaN"} | {
    sign + word: shown
    for word in ("infinity", "inf")
    for sign, shown in (("", "Infinity"), ("+", "Infinity"), ("-", "-Infinity"))
}


def _integer_input(name: str, bits: int) -> Callable[[str], int]:
    bound = 2 ** (bits - 1)

    def read(text: str) -> int:
        bare = text.strip(_SPACES)
        match = _INTEGER.match(bare)
        if match is None:
            raise invalid_text(name, text)
        value, base = _whole(match), _BASES.get(match[2][1:2].lower(), 10)
        # PostgreSQL stops reading at a digit too many
        is_read = abs(value) // base <= bound // base
        if is_read and match.end() != len(bare):
            raise invalid_text(name, text)
        if not -bound <= value < bound:
            raise EvaluationError(f'value "{text}" is out of range for type {name}')
        return value

    return read


def _whole(match: re.Match[str]) -> int:
    """The integer of a match of `_INTEGER`."""
    digits = match[2]
    if not digits[1:2].isalpha():
        digits = digits.replace("_", "").lstrip("0")[:_INTEGER_TEXT_MAX] or "0"
    return -int(digits, 0) if match[1] == "-" else int(digits, 0)


def oid_input(text: str) -> int:
    """An unsigned 32-bit integer; a negative number means the one with the same bits. It is read by
    C's strtoul: `010` is eight."""
    bare = text.strip(_SPACES)
    match = _OID.match(bare)
    if match is None:
        raise invalid_text("oid", text)
    sign, digits = match[1], match[2]
    base = 16 if digits[1:2] in ("x", "X") else 8 if digits[0] == "0" else 10
    value = int(digits[:_INTEGER_TEXT_MAX] if base == 10 else digits, base)
    if value < 2**64 and match.end() != len(bare):
        raise invalid_text("oid", text)
    value = -value if sign == "-" else value
    if not -(2**31) <= value < 2**32:
        raise EvaluationError(f'value "{text}" is out of range for type oid')
    return value % 2**32


def numeric_input(text: str) -> Decimal:
    """Reads a numeric, with the written number of decimals."""
    bare = text.strip(_SPACES)
    match = _NUMERIC.match(bare)
    if match is not None and match[1] is not None:
        _check_exponent(match[1])
    if match is not None and match.end() == len(bare):
        return _decimal(bare.replace("_", ""))
    if (special := _SPECIAL.get(bare.lower())) is not None and bare[1:].lower() != "nan":
        return Decimal(special)
    match = _INTEGER.fullmatch(bare)
    if match is None:
        raise invalid_text("numeric", text)
    return Decimal(_whole(match))


def _check_exponent(digits: str) -> None:
    """Raise EvaluationError for an exponent beyond PostgreSQL's limit."""
    digits = digits.replace("_", "").lstrip("0") or "0"
    if len(digits) > len(str(_EXPONENT_MAX)) or int(digits) > _EXPONENT_MAX:
        raise numeric_overflow()


def _decimal(text: str) -> Decimal:
    try:
        value = EXACT.create_decimal(text)
    except decimal.Overflow:
        raise numeric_overflow() from None
    if scale_of(value) < 0:
        value = to_scale(value, 0)
    if scale_of(value) > SCALE_MAX:
        raise numeric_overflow()
    return value or value.copy_abs()


def numeric_output(value: Decimal) -> str:
    """Writes all digits, without an exponent."""
    text = str(value)
    return format(value, "f") if "E" in text else text


def _double_input(text: str) -> float:
    return _float(text, "double precision", float)


def real_input(text: str) -> float:
    """Reads the nearest single-precision value."""
    return _float(text, "real", nearest_single)


def _float(text: str, name: str, nearest: Callable[[str], float]) -> float:
    """Reads a float as C's strtod does: the range is checked before the rest of the text."""
    bare = text.strip(_SPACES)
    if (special := _SPECIAL.get(bare.lower())) is not None:
        return float(special)
    match = _FLOAT.match(bare)
    if match is None:
        raise invalid_text(name, text)
    number = match[0]
    is_hexadecimal = "x" in number.lower()
    value = nearest(repr(float.fromhex(number)) if is_hexadecimal else number)
    is_zero = value == 0 and re.search("[1-9]", re.split("[eE]", number)[0])
    if math.isinf(value) or (is_zero and not is_hexadecimal):
        raise EvaluationError(f'"{number}" is out of range for type {name}')
    if match.end() != len(bare):
        raise invalid_text(name, text)
    return value


NUMBER_INPUTS: Mapping[str, Callable[[str], Value]] = {
    **{name: _integer_input(name, bits) for name, bits in INTEGER_BITS.items()},
    "oid": oid_input,
    "numeric": numeric_input,
    "money": money_input,
    "double precision": _double_input,
    "real": real_input,
}
NUMBER_OUTPUTS: Mapping[str, Callable[[Value], str]] = {
    "numeric": numeric_output,
    "money": money_output,
    "double precision": double_output,
    "real": single_output,
}
