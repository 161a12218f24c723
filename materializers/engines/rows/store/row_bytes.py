"""Rows as bytes: compact, and equal only for identical rows.

1.0 and 1.00 have different bytes, NaN and NaN the same. So deltas are consolidated by these bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Interval, Value
from materializers.sql.types.sql_type import SqlType

_HELD: dict[str, Any] = {
    **dict.fromkeys(("smallint", "integer", "bigint", "oid", "date"), int),
    **dict.fromkeys(("time without time zone", "128-bit integer"), int),
    **dict.fromkeys(("timestamp without time zone", "timestamp with time zone"), int),
    **dict.fromkeys(("real", "double precision"), float),
    **dict.fromkeys(("numeric", "money"), Decimal),
    "boolean": bool,
    "bytea": bytes,
    "interval": Interval,
}
"""A value's representation by its type's name; all others are texts (see `values.py`)."""

_WIDE = b"\xc1"
"""The prefix of rows with an integer beyond 64 bits, which msgpack cannot encode: their integers
are written as texts. No msgpack row begins so."""

_encode = msgspec.msgpack.Encoder().encode


class RowBytes:
    """Writes and reads rows of values of these types."""

    def __init__(self, kinds: Sequence[SqlType]) -> None:
        self.write: Callable[[Sequence[Value]], bytes] = _encode
        self._read = _reader([held_as(kind) for kind in kinds])
        numbers = [(place, _numbers(kind)) for place, kind in enumerate(kinds)]
        self._numbers = [(place, read) for place, read in numbers if read is not None]
        if self._numbers:
            self.write = self._written
            self._read_texts = _reader([held_as(kind, whole=str) for kind in kinds])

    def read(self, data: bytes) -> Row:
        """The inverse of `write`."""
        return self._wide_row(data) if data[:1] == _WIDE else self._read(data)

    def _written(self, row: Sequence[Value]) -> bytes:
        try:
            return _encode(row)
        except OverflowError:
            return _WIDE + _encode(tuple(map(_texts, row)))

    def _wide_row(self, data: bytes) -> Row:
        values = list(self._read_texts(data[1:]))
        for place, read in self._numbers:
            if values[place] is not None:
                values[place] = read(values[place])
        return tuple(values)


def _texts(value: Value) -> Value:
    """A value with integers as texts, in arrays and records too; an interval stays, because its
    parts fit."""
    if type(value) is tuple:
        return tuple(map(_texts, value))
    return str(value) if type(value) is int else value


def _numbers(kind: SqlType) -> Callable[[Value], Value] | None:
    """The inverse of `_as_texts`, for a type; None if it has no integers."""
    if held_as(kind) is int:
        return int
    if kind.element is not None and not kind.dimensions:
        read = _numbers(kind.element)
        return None if read is None else lambda values: tuple([_read(read, v) for v in values])
    reads = [_numbers(field) for _, field in kind.fields]
    if not any(reads):
        return None
    return lambda values: tuple([_read(*pair) for pair in zip(reads, values, strict=True)])


def _read(read: Callable[[Value], Value] | None, value: Value) -> Value:
    return value if value is None or read is None else read(value)


def held_as(kind: SqlType, whole: type = int) -> Any:
    """The Python type of a type's values, for `msgspec`, with the given type for integers."""
    if kind.dimensions:
        return str
    if kind.element is not None:
        return tuple.__class_getitem__((held_as(kind.element, whole) | None, ...))
    if kind.name == "record":
        return _tuple([held_as(field, whole) for _, field in kind.fields])
    held = _HELD.get(kind.name, str)
    return whole if held is int else held


def _reader(held: Sequence[Any]) -> Callable[[bytes], Row]:
    if not held:
        return lambda data: ()
    decode: Callable[[bytes], Row] = msgspec.msgpack.Decoder(_tuple(held)).decode
    return decode


def _tuple(held: Sequence[Any]) -> Any:
    """The type of a tuple of such values or NULLs."""
    return tuple.__class_getitem__(tuple(each | None for each in held))
