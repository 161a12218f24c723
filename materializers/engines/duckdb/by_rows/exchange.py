"""Converts values from DuckDB for the row engine, and its results back, as texts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa

from materializers.engines.duckdb.stored_type import stored_type
from materializers.engines.rows.times.interval_output import interval_iso_output
from materializers.engines.rows.type_io import input_of, output_of
from materializers.engines.rows.values import MOMENT_INFINITY, Value
from materializers.sql.types.sql_type import INTERVAL_TEXT, TIME, WHOLE, SqlType

_INFINITY = 2**63 - 1
"""DuckDB's infinite timestamp."""
_AS_TEXT = ("uuid", WHOLE.name)

Reading = Callable[[pa.Array], list[Value]]
"""Gives the values of an Arrow column. Any: pyarrow's values."""


def selected(column: str, kind: SqlType) -> str:
    """SQL of a column in a form that `reading` takes."""
    if kind.name == "interval" and not kind.is_stored_as_text:
        return f"pg_interval_iso({column})"
    return f"CAST({column} AS VARCHAR)" if kind.name in _AS_TEXT else column


def reading(kind: SqlType) -> Reading:
    """The function that gives the values of an Arrow column."""
    if kind.name == "date":
        return lambda column: column.view(pa.int32()).to_pylist()
    if kind == TIME:
        return lambda column: column.view(pa.int64()).to_pylist()
    if kind.is_timestamp:
        return _moments
    one = _one(kind)
    if one is None:
        return lambda column: column.to_pylist()
    return lambda column: [v if v is None else one(v) for v in column.to_pylist()]


def _moments(column: pa.Array) -> list[Value]:
    micros = column.view(pa.int64()).to_pylist()
    return [_MOMENTS.get(each, each) for each in micros]


_MOMENTS = {_INFINITY: MOMENT_INFINITY, -_INFINITY: -MOMENT_INFINITY}


def _one(kind: SqlType) -> Callable[[Any], Value] | None:
    """The function from pyarrow's value to the row engine's; None if they are the same."""
    if kind.is_wide:
        return Decimal
    if kind == WHOLE:
        return int
    if kind.name in ("interval", "jsonb"):
        return input_of(kind)
    if kind.element is None or kind.dimensions:
        return None
    inner = _one(kind.element)
    if inner is None:
        return tuple
    return lambda values: tuple([v if v is None else inner(v) for v in values])


def writing(kind: SqlType) -> Callable[[Value], str]:
    """The function from a value to its text, which `read` reads."""
    if kind.element is not None and not kind.dimensions:
        write = writing(kind.element)
        return lambda values: orjson.dumps(
            [None if v is None else write(v) for v in values]
        ).decode()
    if kind == INTERVAL_TEXT:
        return interval_iso_output
    return repr if kind.is_float else output_of(kind)


def read(text: str, kind: SqlType) -> str:
    """SQL that reads such a text."""
    stored = stored_type(kind)
    if kind.element is not None and not kind.is_stored_as_text:
        return f"CAST(CAST(CAST({text} AS JSON) AS VARCHAR[]) AS {stored})"
    if kind.name == "bytea":
        return f"unhex(substring({text}, 3))"
    if kind.name == "numeric" and not kind.is_wide:
        return f"pg_exactly(CAST({text} AS {stored}), {text})"
    return text if stored == "VARCHAR" else f"CAST({text} AS {stored})"
