"""Another engine's stored columns, as Arrow -> the row engine's values.

A column has the type's Arrow form (`engines/rows/arrow.py`), or PostgreSQL's text where the engine
that stored it has no such type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.type_io import input_of
from materializers.engines.rows.values import MOMENT_INFINITY, Value
from materializers.sql.types.sql_type import SqlType

_INFINITY = 2**63 - 1
_NUMBERS = {pa.date32(): pa.int32(), pa.time64("us"): pa.int64()}


def stored_rows(batch: pa.RecordBatch, kinds: Sequence[SqlType]) -> list[Row]:
    """The rows of a batch whose columns are of these types. Raises EvaluationError for a text that
    is no value of its type."""
    columns = [_values(column, kind) for column, kind in zip(batch.columns, kinds, strict=True)]
    return list(zip(*columns, strict=True)) if columns else [()] * batch.num_rows


def _values(column: pa.Array, kind: SqlType) -> list[Value]:
    values: list[Value] = _plain(column).to_pylist()
    read = _read(column.type, kind)
    return values if read is None else [None if v is None else read(v) for v in values]


def _plain(column: pa.Array) -> pa.Array:
    """The column with moments as numbers, in lists too."""
    wanted = _number(column.type)
    return column if wanted is None else column.cast(wanted)


def _number(kind: pa.DataType) -> pa.DataType | None:
    if pa.types.is_list(kind):
        inner = _number(kind.value_type)
        return None if inner is None else pa.list_(inner)
    return pa.int64() if pa.types.is_timestamp(kind) else _NUMBERS.get(kind)


def _read(stored: pa.DataType, kind: SqlType) -> Callable[[Value], Value] | None:
    """What makes a value of an element of the column; None where it is one."""
    if pa.types.is_list(stored) and kind.element is not None:
        read = _read(stored.value_type, kind.element)
        if read is None:
            return tuple
        return lambda values: tuple([None if each is None else read(each) for each in values])
    if pa.types.is_timestamp(stored):
        return _moment
    if pa.types.is_string(stored):
        reads = input_of(kind)
        return None if reads is str else reads
    return None


def _moment(micros: int) -> int:
    if -_INFINITY < micros < _INFINITY:
        return micros
    return MOMENT_INFINITY if micros > 0 else -MOMENT_INFINITY
