"""Rows -> Arrow, in the form in which sinks take them.

integers, floats, boolean, bytea   the same
oid                                int64
numeric(p,s), money                decimal128(p,s), filled up with zeros behind the point
numeric of any size                its text, NaN and the infinities too
date, time, timestamps             days or microseconds; the infinities are the outermost numbers
interval                           text of the envelope: P1Y2M3DT4H5M6.7S
arrays of one dimension            lists of these
all others                         text
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

import pyarrow as pa

from materializers.engines.rows.failure import UnfitValue
from materializers.engines.rows.numbers.number_text import numeric_output
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.times.interval_output import interval_iso_output
from materializers.engines.rows.values import MOMENT_INFINITY, Value
from materializers.sql.relations.relation import Column
from materializers.sql.types.sql_type import SqlType

BATCH_ROWS_MAX = 10_000
_INFINITY = 2**63 - 1

_TYPES = {
    "boolean": pa.bool_(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "oid": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "money": pa.decimal128(19, 2),
    "bytea": pa.binary(),
    "date": pa.date32(),
    "time without time zone": pa.time64("us"),
    "timestamp without time zone": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us", "Etc/UTC"),
}

_Held = Callable[[Value], object]
"""A value -> what pyarrow makes a value of the Arrow type of."""


class ArrowRows:
    """Rows of these columns as record batches of `schema`."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.schema = pa.schema([(column.name, arrow_type(column.type)) for column in columns])
        self._columns = [
            (place, column, arrow_type(column.type), _held(column.type))
            for place, column in enumerate(columns)
        ]

    def batch(self, rows: Sequence[Row]) -> pa.RecordBatch:
        """The rows in their order. Raises UnfitValue."""
        arrays = []
        for place, column, kind, held in self._columns:
            values = [row[place] for row in rows]
            try:
                if held is not None:
                    values = [None if value is None else held(value) for value in values]
                arrays.append(pa.array(values, kind))
            except (pa.ArrowException, OverflowError, UnicodeError) as error:
                raise UnfitValue(column.name, column.type) from error
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def batches(
        self, rows: Iterable[Row], rows_max: int = BATCH_ROWS_MAX
    ) -> Iterator[pa.RecordBatch]:
        """The same, in batches of so many rows; none where there are no rows. Raises UnfitValue."""
        left = iter(rows)
        while part := list(islice(left, rows_max)):
            yield self.batch(part)


def arrow_type(kind: SqlType) -> pa.DataType:
    """The Arrow type of a column's values."""
    if (element := _element(kind)) is not None:
        return pa.list_(arrow_type(element))
    if kind.is_stored_as_text:
        return pa.string()
    if kind.name == "numeric":
        return pa.decimal128(kind.precision, kind.scale)
    return _TYPES.get(kind.name, pa.string())


def _element(kind: SqlType) -> SqlType | None:
    """None for an array of several dimensions too, which is a text."""
    return None if kind.dimensions else kind.element


def _held(kind: SqlType) -> _Held | None:
    """None where pyarrow takes the value as it is."""
    if (element := _element(kind)) is not None:
        held = _held(element)
        return None if held is None else partial(_list, held)
    if kind.is_wide:
        return numeric_output
    if kind.is_timestamp:
        return _moment
    return interval_iso_output if kind.name == "interval" else None


def _list(held: _Held, values: tuple[Value, ...]) -> list[object]:
    return [None if value is None else held(value) for value in values]


def _moment(micros: int) -> int:
    """PostgreSQL's years go a little further than 64 bits of microseconds since 1970."""
    if -_INFINITY < micros < _INFINITY:
        return micros
    if micros == MOMENT_INFINITY:
        return _INFINITY
    if micros == -MOMENT_INFINITY:
        return -_INFINITY
    raise OverflowError
