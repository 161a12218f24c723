"""Values as bytes that sort as PostgreSQL sorts the values.

Equal values have the same bytes, even if they print differently: 1.0 and 1.00, 0.0 and -0.0. A
value's bytes mark their own end, so that those of several values can be concatenated.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value, interval_length, order_key
from materializers.sql.types.sort_key import Order
from materializers.sql.types.sql_type import CITEXT, INTEGER, TEXT, SqlType

Written = Callable[[Value], bytes]
"""Writes a value that is not NULL."""

KEYS_KNOWN_MAX = 16_384
"""The number of integers whose bytes are cached."""

_PRESENT = b"\x01"
_NULL_LAST, _NULL_FIRST = b"\x02", b"\x00"
_END = b"\x00"
_OPPOSITE = bytes(255 - each for each in range(256))
_DIGITS = bytes((each + 1) % 256 for each in range(256))
"""Digits are written from 1, so that their end marker sorts before them."""

_SIGNS = [bytes((each,)) for each in range(256)]
_DOUBLE = struct.Struct(">d")


def key_bytes(kinds: Sequence[SqlType]) -> Callable[[Row], bytes]:
    """A function that writes a row of values of these types; NULL equals NULL, and sorts last."""
    return bytes_at(range(len(kinds)), kinds)


def order_bytes(order: Order) -> Callable[[Row], bytes]:
    """A function that writes the values of sort keys, so that the bytes sort as the ORDER BY."""
    written = []
    for by in order:
        null = _NULL_FIRST if by.is_null_first else _NULL_LAST
        kind, key = by.value.type, order_key(by.value.type)
        if key is not None and (kind.labels or kind == CITEXT):
            kind = INTEGER if kind.labels else TEXT
            written.append(_keyed(key, _of(kind, null, is_descending=by.is_descending)))
        else:
            written.append(_of(kind, null, is_descending=by.is_descending))
    return _joined(written)


def bytes_at(places: Sequence[int], kinds: Sequence[SqlType]) -> Callable[[Row], bytes]:
    """A function that writes the values at some indexes of a row, as `key_bytes` does."""
    written = [_of(kind, _NULL_LAST) for kind in kinds]
    if len(written) == 1:
        (write,), (place,) = written, places
        return lambda row: write(row[place])
    pairs = tuple(zip(written, places, strict=True))
    return lambda row: b"".join([write(row[place]) for write, place in pairs])


def _joined(written: list[Written]) -> Callable[[Row], bytes]:
    if len(written) == 1:
        (only,) = written
        return lambda row: only(row[0])
    return lambda row: b"".join([write(v) for write, v in zip(written, row, strict=True)])


def _of(kind: SqlType, null: bytes, *, is_descending: bool = False) -> Written:
    write = _writer(kind)
    if write is whole and not is_descending and null == _NULL_LAST:
        return _whole_or_null
    if is_descending:
        return lambda v: null if v is None else _PRESENT + write(v).translate(_OPPOSITE)
    return lambda v: null if v is None else _PRESENT + write(v)


def _keyed(key: Callable[[Value], Value], write: Written) -> Written:
    """The writer of a type: an enum sorts by its label's position, a citext in lower case."""
    return lambda v: write(v if v is None else key(v))


def _writer(kind: SqlType) -> Written:
    if kind.element is not None and not kind.dimensions:
        return _array(_of(kind.element, _NULL_LAST))
    if kind.name == "record":
        return _joined([_of(field, _NULL_LAST) for _, field in kind.fields])
    return _WRITERS.get(kind.name, _text)


def whole(value: int) -> bytes:
    """An integer of up to 127 bytes: the number of bytes, then the bytes."""
    if value >= 0:
        size = (value.bit_length() + 7) >> 3
        return _SIGNS[0x80 + size] + value.to_bytes(size, "big")
    size = ((~value).bit_length() + 7) >> 3
    return _SIGNS[0x7F - size] + (value + (1 << 8 * size)).to_bytes(size, "big")


@lru_cache(maxsize=KEYS_KNOWN_MAX)
def _whole_or_null(value: int | None) -> bytes:
    """The same, cached: most keys are integers, and a batch reads the same ones several times."""
    return _NULL_LAST if value is None else _PRESENT + whole(value)


def _text(value: str) -> bytes:
    return value.encode() + _END


def _bytes(value: bytes) -> bytes:
    return value.replace(_END, b"\x00\xff") + b"\x00\x00"


def _boolean(value: bool) -> bytes:
    return b"\x01" if value else b"\x00"


def _float(value: float) -> bytes:
    if value != value:
        return b"\xff" * 8
    bits = _DOUBLE.pack(value or 0.0)
    if bits[0] & 0x80:
        return bits.translate(_OPPOSITE)
    return _SIGNS[bits[0] | 0x80] + bits[1:]


def _numeric(value: Decimal) -> bytes:
    """A numeric: the sign, the number of digits before the point, and the digits."""
    if not value.is_finite():
        return b"\x05" if value.is_nan() else b"\x04" if value > 0 else b"\x00"
    if not value:
        return b"\x02"
    digits = bytes(value.as_tuple().digits).rstrip(_END).translate(_DIGITS)
    size = whole(value.adjusted()) + digits + _END
    return b"\x03" + size if value > 0 else b"\x01" + size.translate(_OPPOSITE)


def _array(element: Written) -> Written:
    """An array; an element's bytes begin above the end marker, so that a shorter array sorts
    first."""
    return lambda value: b"".join([element(each) for each in value]) + _END


_WRITERS: dict[str, Written] = {
    **dict.fromkeys(("smallint", "integer", "bigint", "oid", "date", "128-bit integer"), whole),
    **dict.fromkeys(("timestamp without time zone", "timestamp with time zone"), whole),
    "time without time zone": whole,
    **dict.fromkeys(("real", "double precision"), _float),
    **dict.fromkeys(("numeric", "money"), _numeric),
    "boolean": _boolean,
    "bytea": _bytes,
    "interval": lambda value: whole(interval_length(value)),
    "character": lambda value: _text(value.rstrip(" ")),
}
"""By the name of a type; all others are texts."""
