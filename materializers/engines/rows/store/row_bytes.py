"""Rows as bytes: compact, and equal for equal rows alone.

Equal means not to be told apart: 1.0 is not 1.00 here, and NaN is NaN. So the bytes are also what
rows are known by where changes cancel each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Interval
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
"""How a value is held, by its type's name; all others are texts (see `values.py`)."""

_WIDE = b"\xc1"
"""What rows begin with that hold a whole number beyond 64 bits, as msgpack has none. No row of
msgpack's begins so."""

_encode = msgspec.msgpack.Encoder().encode


class RowBytes:
    """Writes and reads rows of values of these types."""

    def __init__(self, kinds: Sequence[SqlType]) -> None:
        self.write: Callable[[Row], bytes] = _encode
        held = tuple(held_as(kind) for kind in kinds)
        self._read = _reader(held)
        self._places = [place for place, each in enumerate(held) if each is int]
        if self._places:
            self.write = self._written
            texts = tuple(str if each is int else each for each in held)
            self._read_wide = _reader(texts)

    def read(self, data: bytes) -> Row:
        """The row that `write` made these bytes of."""
        return self._wide_row(data) if data[:1] == _WIDE else self._read(data)

    def _written(self, row: Row) -> bytes:
        try:
            return _encode(row)
        except OverflowError:
            values = list(row)
            for place in self._places:
                if values[place] is not None:
                    values[place] = str(values[place])
            return _WIDE + _encode(values)

    def _wide_row(self, data: bytes) -> Row:
        values = list(self._read_wide(data[1:]))
        for place in self._places:
            if values[place] is not None:
                values[place] = int(values[place])
        return tuple(values)


def held_as(kind: SqlType) -> Any:
    """The Python type that values of a type are held in, as `msgspec` reads it."""
    if kind.dimensions:
        return str
    if kind.element is not None:
        return tuple.__class_getitem__((held_as(kind.element) | None, ...))
    if kind.name == "record":
        return _tuple([held_as(field) for _, field in kind.fields])
    return _HELD.get(kind.name, str)


def _reader(held: Sequence[Any]) -> Callable[[bytes], Row]:
    if not held:
        return lambda data: ()
    decode: Callable[[bytes], Row] = msgspec.msgpack.Decoder(_tuple(held)).decode
    return decode


def _tuple(held: Sequence[Any]) -> Any:
    """The type of tuples of values held so, or NULL."""
    return tuple.__class_getitem__(tuple(each | None for each in held))
