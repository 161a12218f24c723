"""Records of a table's topic -> rows of its stored columns.

Envelopes are decoded by a typed decoder for each table. A record that it does not accept (with an
infinity, or an array in PostgreSQL's text) is read value by value.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from materializers.engines.rows.failure import EvaluationError, Unsupported
from materializers.engines.rows.numbers.single import to_single
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.type_io import input_of
from materializers.engines.rows.values import Value
from materializers.sql.types.sql_type import SqlType

Read = Callable[[Any], Value]
"""A JSON value -> the column's. Any: any JSON value. Raises EvaluationError."""

_ISO_TIMES = (
    "date",
    "time without time zone",
    "timestamp without time zone",
    "timestamp with time zone",
)
_TYPED: dict[str, Any] = {
    **dict.fromkeys(("smallint", "integer", "bigint", "oid"), int),
    "double precision": float,
    "boolean": bool,
    "numeric": Decimal,
    "bytea": bytes,
}
"""The types that the decoder reads by itself."""

_WORDS = {"NAN": "NaN", "POSITIVE_INFINITY": "Infinity", "NEGATIVE_INFINITY": "-Infinity"}
_UNNAMEABLE = re.compile(r'[\\"\x00-\x1f]')
"""In a name: the decoder has no members of such names, so the values are read one by one."""
_WITHOUT_READING = ("bit", "point")
"""Types whose JSON form depends on the column's modifier, or is another type's."""


class Records:
    """`columns`: name and type of each stored column. Raises Unsupported for a type that is not
    read here."""

    def __init__(self, columns: Sequence[tuple[str, SqlType]], key: Sequence[str]) -> None:
        for _, kind in columns:
            if (kind.element or kind).name in _WITHOUT_READING:
                raise Unsupported(f"column of type {kind.name}")
        kinds = dict(columns)
        self._row = _Members(columns)
        self._key = _Members([(name, kinds[name]) for name in key])
        after = self._row.struct | None
        envelope = msgspec.defstruct("Envelope", [("after", after, None)])
        # Any: the struct is made for this table
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(envelope).decode
        self._decode_key = msgspec.json.Decoder(self._key.struct).decode

    def read(self, keys: Sequence[bytes], values: Sequence[bytes | None]) -> list[tuple[Row, Any]]:
        """(primary key, row; None for a deletion) of each record. Raises EvaluationError for a
        value that does not fit its type, msgspec.DecodeError for a record that is not JSON."""
        if self._row.is_typed and self._key.is_typed:
            try:
                return self._typed(keys, values)
            except msgspec.ValidationError:
                pass  # some value is read otherwise
        return [(self.key(k), self.row(v)) for k, v in zip(keys, values, strict=True)]

    def _typed(self, keys: Sequence[bytes], values: Sequence[bytes | None]) -> list[Any]:
        """The same, where the decoder reads all values by itself."""
        key, envelope, members = self._decode_key, self._decode, msgspec.structs.astuple
        afters = [None if value is None else envelope(value).after for value in values]
        rows = [None if after is None else members(after) for after in afters]
        return list(zip([members(key(each)) for each in keys], rows, strict=True))

    def at_fault(self, key: bytes, value: bytes | None) -> str | None:
        """The column of a record whose value cannot be read; "" if nothing can be read, None if
        everything can."""
        try:
            members = msgspec.json.decode(key)
            envelope = None if value is None else msgspec.json.decode(value)
            after = None if envelope is None else envelope["after"]
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
            return ""
        column = self._key.at_fault(members)
        return self._row.at_fault(after) if column is None and after is not None else column

    def key(self, data: bytes) -> Row:
        """The primary key of a record's key."""
        try:
            return self._key.of(self._decode_key(data))
        except msgspec.ValidationError:
            return self._key.slowly(msgspec.json.decode(data))

    def row(self, data: bytes | None) -> Row | None:
        """The row of a record's envelope."""
        if data is None:
            return None
        try:
            after = self._decode(data).after
        except msgspec.ValidationError:
            row = msgspec.json.decode(data)["after"]
            return None if row is None else self._row.slowly(row)
        return None if after is None else self._row.of(after)


class _Members:
    """Members of a JSON object as a row."""

    def __init__(self, columns: Sequence[tuple[str, SqlType]]) -> None:
        self._names = [name for name, _ in columns]
        self._is_plain = not any(map(_UNNAMEABLE.search, self._names))
        self.struct: Any = _struct(columns) if self._is_plain else dict[str, Any]
        self._reads = [_read(kind) for _, kind in columns]
        self._further = [
            (place, read)
            for place, (read, (_, kind)) in enumerate(zip(self._reads, columns, strict=True))
            if kind.element is not None or (kind.name not in _TYPED and not _is_text(kind))
        ]

    @property
    def is_typed(self) -> bool:
        """Whether the decoder's values are the row's."""
        return self._is_plain and not self._further

    def of(self, members: Any) -> Row:
        """A row from the decoder's values, some of which are still to be converted."""
        if not self._is_plain:
            return self.slowly(members)
        row: Row = msgspec.structs.astuple(members)
        if not self._further:
            return row
        values = list(row)
        for place, read in self._further:
            if values[place] is not None:
                values[place] = read(values[place])
        return tuple(values)

    def slowly(self, after: dict[str, Any]) -> Row:
        """A row from values that were decoded without types."""
        values = [after.get(name) for name in self._names]
        pairs = zip(values, self._reads, strict=True)
        return tuple([None if value is None else read(value) for value, read in pairs])

    def at_fault(self, after: dict[str, Any]) -> str | None:
        """The name of the first member that cannot be read; None if all can."""
        for name, read in zip(self._names, self._reads, strict=True):
            try:
                if (value := after.get(name)) is not None:
                    read(value)
            except Exception:  # a reader may raise anything for an invalid value
                return name
        return None


def _struct(columns: Sequence[tuple[str, SqlType]]) -> type[msgspec.Struct]:
    """A class of objects with these members."""
    fields: list[Any] = []
    for place, (name, kind) in enumerate(columns):
        held = _TYPED.get(kind.name, str) if kind.element is None else Any
        held = Any if kind.name == "real" else held
        fields.append((f"c{place}", held | None, msgspec.field(default=None, name=name)))
    return msgspec.defstruct("Row", fields)


def _is_text(kind: SqlType) -> bool:
    """Whether its value is the JSON string, unchanged."""
    return input_of(kind) is str


def _read(kind: SqlType) -> Read:
    if kind.element is not None:
        return _array(kind, _read(kind.element))
    if kind.name == "real":
        return lambda value: to_single(float(value))
    if kind.name == "double precision":
        return float
    if kind.name == "bytea":
        return base64.b64decode
    reads = input_of(kind)
    if kind.name in _ISO_TIMES:
        is_zoned = kind.name == "timestamp with time zone"
        return lambda value: reads(_as_postgres(value if is_zoned else value.removesuffix("Z")))
    if kind.name == "numeric":
        return lambda value: reads(_WORDS.get(value) or value)
    if kind.name in _TYPED:
        held = _TYPED[kind.name]
        return lambda value: value if type(value) is held else reads(_text_of(kind, value))
    return lambda value: reads(_text_of(kind, value))


def _array(kind: SqlType, read: Read) -> Read:
    """An array; one of several dimensions comes in PostgreSQL's text."""
    reads = input_of(kind)

    def array(value: Any) -> Value:
        if isinstance(value, str):
            return reads(value)
        return tuple([None if each is None else read(each) for each in value])

    return array


def _as_postgres(text: str) -> str:
    """A moment in PostgreSQL's form: ISO 8601 writes years before 1 with a sign, counted from 0."""
    if text[:1] == "-" and text[1:2].isdigit():
        year, _, rest = text[1:].partition("-")
        return f"{int(year) + 1:04}-{rest} BC"
    if text[:5] == "0000-":
        return f"0001-{text[5:]} BC"
    return text.removeprefix("+")


def _text_of(kind: SqlType, value: object) -> str:
    if isinstance(value, str):
        return value
    raise EvaluationError(f"{value!r} is no {kind.name}")
