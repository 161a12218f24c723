"""The differences between a view's rows, or their changes, in two engines at one cut.

JSON and numerics are compared by value: the engines write JSON with other spaces, and numerics of
any size with other zeros at their end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Context, Decimal
from typing import Any

import duckdb
import pyarrow as pa

from materializers.difference import FLOAT_DIGITS, Difference
from materializers.duckdb_names import duckdb_names
from materializers.engines.duckdb.difference import difference as difference_of_tables
from materializers.engines.view_reader import ViewReader
from materializers.engines.whole_view import WholeView
from materializers.errors import StateError
from materializers.step import Step
from materializers.view import ViewSchema

_TIMEOUT_S = 60.0
_DIGITS = Context(FLOAT_DIGITS)


def difference(here: ViewReader, there: ViewReader, view: str) -> Difference:
    """The differences; `here` has the expected rows. Raises StateError unless both are at one
    cut."""
    with duckdb.connect(":memory:") as connection:
        first = _loaded(connection, "here", here.whole(view, _TIMEOUT_S))
        second = _loaded(connection, "there", there.whole(view, _TIMEOUT_S))
        if first.cut.version != second.cut.version:
            lsns = f"{second.cut.lsn} there, at {first.cut.lsn} here"
            raise StateError(f"View {view} is at {lsns}.")
        return difference_of_tables(connection, first.schema, "here", "there")


def difference_of_steps(here: Step, there: Step, schema: ViewSchema) -> Difference:
    """The differences between two steps of one view, from and to the same cuts; a row that one of
    them removes counts as a row. `here` has the expected changes."""
    by_name = {column.name: column for column in schema.columns}
    keys = replace(schema, columns=tuple(by_name[name] for name in schema.key))
    upserts = _difference_of_batches(list(here.upserts), list(there.upserts), schema)
    return upserts.joined(_difference_of_batches(list(here.deletes), list(there.deletes), keys))


def _difference_of_batches(
    here: list[pa.RecordBatch], there: list[pa.RecordBatch], schema: ViewSchema
) -> Difference:
    some = [*here, *there]
    if not some:
        return Difference(0)
    with duckdb.connect(":memory:") as connection:
        for table, batches in (("here", here), ("there", there)):
            shape, plain = _comparable([*batches, *some][0].schema, batches, schema)
            rows = pa.Table.from_batches(plain, shape)
            connection.execute(f"CREATE TABLE {table} AS FROM rows")
            del rows  # DuckDB finds it by its name
        return difference_of_tables(connection, schema, "here", "there")


def _loaded(connection: duckdb.DuckDBPyConnection, table: str, whole: WholeView) -> WholeView:
    """The view's rows in a table of that name."""
    try:
        types, batches = _comparable(whole.types, whole.batches, whole.schema)
        rows = pa.RecordBatchReader.from_batches(types, batches)
        connection.execute(f"CREATE TABLE {table} AS FROM rows")
        del rows  # DuckDB finds it by its name
    finally:
        whole.close()
    return whole


def _comparable(
    types: pa.Schema, batches: Iterable[pa.RecordBatch], schema: ViewSchema
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The batches as DuckDB names their columns, with equal texts for equal JSON and numerics."""
    kinds = {c.name: c.type_name.removesuffix("[]") for c in schema.columns}
    names = duckdb_names(types.names)
    texts = {name: _text_type(types.field(name).type) for name in kinds if kinds[name] in _TEXTS}
    fields = [
        (to, texts.get(field.name, field.type)) for field, to in zip(types, names, strict=True)
    ]
    shape = pa.schema(fields)

    def column(batch: pa.RecordBatch, name: str) -> pa.Array:
        values = batch.column(name)
        if name not in texts:
            return values
        text = _TEXTS[kinds[name]]
        return pa.array([_each(value, text) for value in values.to_pylist()], texts[name])

    made = (
        pa.RecordBatch.from_arrays([column(b, name) for name in types.names], schema=shape)
        for b in batches
    )
    return shape, made


def _text_type(kind: pa.DataType) -> pa.DataType:
    return pa.list_(pa.string()) if pa.types.is_list(kind) else pa.string()


def _each(value: Any, text: Callable[[Any], str]) -> Any:
    """The text of a value, or of each member of an array. Any: a column's value."""
    if isinstance(value, list):
        return [_each(member, text) for member in value]
    return None if value is None else text(value)


def _numeric(value: Any) -> str:
    """Without zeros at its end. Any: a Decimal, or a text."""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _document(value: Any) -> str:
    hooks: dict[str, Any] = {"parse_float": _number, "parse_int": _number}
    return repr(json.loads(value, object_pairs_hook=_members, **hooks))


def _number(text: str) -> Decimal:
    return _DIGITS.create_decimal(text).normalize()


def _members(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return sorted(pairs, key=repr)


_TEXTS: Mapping[str, Callable[[Any], str]] = {
    "json": _document, "jsonb": _document, "numeric": _numeric,
}  # fmt: skip
"""What makes equal texts of equal values, by the type."""
