"""Numbers: integers unchanged, floats as JSON numbers, exact ones as strings."""

from __future__ import annotations

import re

import orjson

_NUMERIC_WORDS = {
    b"NaN": b'"NAN"',
    b"Infinity": b'"POSITIVE_INFINITY"',
    b"-Infinity": b'"NEGATIVE_INFINITY"',
}
_DOLLARS = re.compile(rb"(-?)\$([\d,]+\.\d\d)")


def identity(value: bytes) -> bytes:
    """PostgreSQL's text is JSON already. Callers compare with `is` and skip the call."""
    return value


def floating(value: bytes) -> bytes:
    """`0.1`, `1e-300`; an integral value gets `.0`, so that every JSON reader keeps the sign of
    `-0`; NaN and the infinities, which JSON lacks, as strings."""
    if 46 in value:  # .
        return value
    if value[-1] > 57:  # a letter ends NaN and Infinity
        return b'"%b"' % value
    return value if 101 in value else value + b".0"  # e


def numeric(value: bytes) -> bytes:
    """`1.10` -> `"1.10"`, with its scale; NaN and the infinities in Debezium's words."""
    return b'"%b"' % value if value[-1] <= 57 else _NUMERIC_WORDS[value]


def money(value: bytes) -> bytes:
    """`-$1,234.50` -> `"-1234.50"`; the output of another `lc_monetary` stays as it is."""
    if (match := _DOLLARS.fullmatch(value)) is None:
        return orjson.dumps(value.decode())
    return b'"%b%b"' % (match[1], match[2].replace(b",", b""))
