"""Texts of numbers (manual, "Numeric Types"; numutils.c, float.c, numeric.c)."""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from materializers.engines.rows.failure import EvaluationError, invalid_text
from materializers.engines.rows.float_text import double_output, single_output
from materializers.engines.rows.numeric import EXACT, checked, numeric_overflow
from materializers.engines.rows.single import nearest_single
from materializers.engines.rows.values import Value

INTEGER_BITS = {"smallint": 16, "integer": 32, "bigint": 64}

_SPACES = " \t\n\r\v\f"
_WHOLE = r"\d+(?:_\d+)*|0[xX](?:_?[0-9a-fA-F]+)+|0[oO](?:_?[0-7]+)+|0[bB](?:_?[01]+)+"
_INTEGER = re.compile(rf"([-+]?)({_WHOLE})", re.ASCII)
_DIGITS = r"\d+(?:_\d+)*"
_NUMERIC = re.compile(
    rf"[-+]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?{_DIGITS})?", re.ASCII
)
_FLOAT = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_SPECIAL = {"nan": "NaN"} | {
    sign + word: shown
    for word in ("infinity", "inf")
    for sign, shown in (("", "Infinity"), ("+", "Infinity"), ("-", "-Infinity"))
}


def _integer_input(name: str, bits: int) -> Callable[[str], int]:
    bound = 2 ** (bits - 1)

    def read(text: str) -> int:
        found = _INTEGER.fullmatch(text.strip(_SPACES))
        if found is None:
            raise invalid_text(name, text)
        value = int(found[2], 0) if found[2][1:2].isalpha() else int(found[2])
        value = -value if found[1] == "-" else value
        if not -bound <= value < bound:
            raise EvaluationError(f'value "{text}" is out of range for type {name}')
        return value

    return read


def numeric_input(text: str) -> Decimal:
    """A numeric with the decimals that are written."""
    bare = text.strip(_SPACES)
    if _NUMERIC.fullmatch(bare):
        try:
            value = EXACT.create_decimal(bare)
        except decimal.Overflow:
            raise numeric_overflow() from None
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and exponent > 0:
            value = EXACT.quantize(value, Decimal(1))
        return checked(value or value.copy_abs())
    if (special := _SPECIAL.get(bare.lower())) is not None:
        return Decimal(special)
    found = _INTEGER.fullmatch(bare)
    if found is None:
        raise invalid_text("numeric", text)
    return Decimal(int(found[1] + found[2].replace("_", ""), 0))


def numeric_output(value: Decimal) -> str:
    """All digits, without an exponent."""
    return format(value, "f")


def _double_input(text: str) -> float:
    return _float(text, "double precision", float)


def real_input(text: str) -> float:
    """The nearest single."""
    return _float(text, "real", nearest_single)


def _float(text: str, name: str, nearest: Callable[[str], float]) -> float:
    bare = text.strip(_SPACES)
    if (special := _SPECIAL.get(bare.lower())) is not None:
        return float(special)
    if not _FLOAT.fullmatch(bare):
        raise invalid_text(name, text)
    value = nearest(bare)
    is_zero = value == 0 and re.search("[1-9]", re.split("[eE]", bare)[0])
    if value in (float("inf"), float("-inf")) or is_zero:
        raise EvaluationError(f'"{bare}" is out of range for type {name}')
    return value


NUMBER_INPUTS: Mapping[str, Callable[[str], Value]] = {
    **{name: _integer_input(name, bits) for name, bits in INTEGER_BITS.items()},
    "numeric": numeric_input,
    "double precision": _double_input,
    "real": real_input,
}
NUMBER_OUTPUTS: Mapping[str, Callable[[Value], str]] = {
    "numeric": numeric_output,
    "double precision": double_output,
    "real": single_output,
}
