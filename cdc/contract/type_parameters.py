"""What a column's type is declared with, out of PostgreSQL's type modifier."""

from __future__ import annotations

_LENGTHS = ("character", "bpchar", "character varying")
_COUNTS = (
    "bit", "bit varying", "time without time zone", "time with time zone",
    "timestamp without time zone", "timestamp with time zone",
)  # fmt: skip
_HEADER_BYTES = 4


def type_parameters(type_name: str, typmod: int) -> tuple[int, ...]:
    """Precision and scale of a numeric, the length of a char, varchar or bit string, the digits of
    a time; of an array those of its elements. Empty where the type is declared without.

    Source: `numerictypmodin` (numeric.c), `anychar_typmodin` (varchar.c); a numeric's scale has 11
    bits with sign.
    """
    element = type_name.removesuffix("[]")
    if typmod < 0:
        return ()
    bound = typmod - _HEADER_BYTES
    if element == "numeric":
        return bound >> 16 & 0xFFFF, ((bound & 0x7FF) ^ 1024) - 1024
    if element in _LENGTHS:
        return (bound,)
    return (typmod,) if element in _COUNTS else ()
