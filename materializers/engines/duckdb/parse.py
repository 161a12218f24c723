"""Records -> rows of typed columns, in bulk: one pass of DuckDB's JSON reader, no object per row.

Measured with 541-byte envelopes and 10 columns on 2 cores: 500,000 rows 1.06M/s and 20,000 rows
560k/s, against 430-650k/s for pyarrow.json and 240-380k/s for typed msgspec; 100 rows cost 2 ms in
all three.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from functools import cache

import duckdb
import orjson
import pyarrow as pa

from cdc.contract.schemas import Column, TableSchema
from materializers.engines.duckdb.stored_name import stored_column, stored_name
from materializers.engines.duckdb.stored_type import stored_type
from materializers.engines.duckdb.value_of_text import value_of_text
from materializers.engines.latest import Latest
from materializers.errors import Misfit
from materializers.sql.types.captured import captured_type
from materializers.sql.types.expression import quote, text_literal
from materializers.sql.types.sql_type import widened_type

DELETED = '"#deleted"'
_PART_ROWS = 100_000  # the next part reuses the memory of one
_CHUNK_ROWS = 8_192  # allocated anew each time, larger buffers cost more page faults than copying
_NULL, _UNFIT, _NAN = "0", "1", "2"  # before a column's name: what is wrong with its value
_RAW = "rederive_raw"
_RAW_SCHEMA = pa.schema([("k", pa.string()), ("v", pa.string()), ("i", pa.int32())])


def parse(
    connection: duckdb.DuckDBPyConnection,
    rows: Latest,
    schema: TableSchema,
    columns: Sequence[str],
    target: str,
    wide: Set[str] = frozenset(),
) -> None:
    """Create the temporary table `target` with the columns (the key's among them), by their stored
    names, and `#deleted`. `wide`: columns of declared precision that are stored as wide numerics.

    Raises Misfit for a record that is not JSON, for a value that does not fit its column's type,
    and for a NULL in a column that is not nullable; the message has table, column, key and offset.
    """
    into = f"CREATE OR REPLACE TEMP TABLE {target} AS"
    for start in range(0, max(len(rows.keys), 1), _PART_ROWS):
        connection.register(_RAW, _arrow(rows, slice(start, start + _PART_ROWS), schema))
        try:
            connection.execute(f"{into} {_parse_sql(schema, columns, wide, start)}")
        except duckdb.Error as error:
            if "JSON" not in str(error):
                raise
            raise _unreadable(schema, str(error).splitlines()[0]) from error
        connection.unregister(_RAW)
        into = f"INSERT INTO {target}"
    _refuse_misfits(connection, rows, schema, target)


def _arrow(rows: Latest, part: slice, schema: TableSchema) -> pa.Table:
    """A part of the records as Arrow, in chunks that DuckDB reads in parallel."""
    starts = range(part.start, min(part.stop, len(rows.keys)), _CHUNK_ROWS)
    try:
        chunks = [
            _chunk(rows, slice(start, min(start + _CHUNK_ROWS, part.stop))) for start in starts
        ]
    except pa.ArrowInvalid as error:
        raise _unreadable(schema, str(error)) from error
    return pa.Table.from_batches(chunks, _RAW_SCHEMA)


def _chunk(rows: Latest, part: slice) -> pa.RecordBatch:
    texts = [_texts(column[part]) for column in (rows.keys, rows.values)]
    places = _places().slice(part.start % _PART_ROWS, len(texts[0]))
    return pa.RecordBatch.from_arrays([*texts, places], schema=_RAW_SCHEMA)


def _texts(values: Sequence[bytes | None]) -> pa.Array:
    """UTF-8 is checked for the whole array: value by value it takes twice as long."""
    return pa.array(values, pa.binary()).cast(pa.string())


@cache
def _places() -> pa.Array:
    """The places of a part's rows; every chunk takes a slice."""
    return pa.array(range(_PART_ROWS), pa.int32())


def _unreadable(schema: TableSchema, reason: str) -> Misfit:
    what = f"A record of table {schema.table} is not JSON in UTF-8"
    fix = "look at the topic with `rederive peek`"
    misfit = Misfit(f"{what}: {reason}", table=schema.table, fix=fix)
    misfit.without_values = f"{what}."
    return misfit


def _parse_sql(schema: TableSchema, columns: Sequence[str], wide: Set[str], start: int) -> str:
    # DuckDB's structs cannot have two members whose names differ by case only
    alike = Counter(name.lower() for name in columns)
    texts = {name: "VARCHAR" for name in columns if alike[name.lower()] == 1}
    value = orjson.dumps({"op": "VARCHAR", "after": texts}).decode()
    texts_of, values, tests = [], [], []
    for name in columns:
        text = f"e.after.{quote(name)}"
        if name not in texts:
            text = f"json_extract_string(v, {text_literal('/after' + _path(name))})"
        if name in schema.key:  # a deletion has it only in the record's key
            text = f"coalesce({text}, json_extract_string(key, {text_literal(_path(name))}))"
        alias = quote(f"#text.{stored_name(name)}")
        texts_of.append(f"{text} AS {alias}")
        typed = value_of_text(schema.column(name), alias, is_wide=name in wide)
        values.append(f"{typed} AS {stored_column(name)}")
        if typed != alias:
            misfit = f"{alias} IS NOT NULL AND {stored_column(name)} IS NULL"
            tests.append(f"WHEN {misfit} THEN {_misfit_of(schema.column(name), alias)}")
        if not schema.column(name).nullable and name not in schema.key:
            missing = f"{alias} IS NULL AND \"#op\" <> 'd'"
            tests.append(f"WHEN {missing} THEN {text_literal(_NULL + name)}")
    misfit = f"CASE {' '.join(tests)} END" if tests else "CAST(NULL AS VARCHAR)"
    return (
        f"SELECT {', '.join(values)},"
        f' "#op" = \'d\' AS {DELETED}, {misfit} AS "#misfit", "#place"'
        f' FROM (SELECT {", ".join(texts_of)}, coalesce(e.op, \'d\') AS "#op", "#place"'
        f" FROM (SELECT json_transform(v, {text_literal(value)}) AS e, v, k AS key,"
        f' i + {start} AS "#place" FROM {_RAW}))'
    )


def _misfit_of(column: Column, text: str) -> str:
    """SQL of the kind of misfit of a text, followed by the column's name."""
    unfit, kind = text_literal(_UNFIT + column.name), captured_type(column)
    if widened_type(kind) == kind:
        return unfit
    is_nan, nan = f"contains(upper({text}), 'NAN')", text_literal(_NAN + column.name)
    return f"CASE WHEN {is_nan} THEN {nan} ELSE {unfit} END"


def _path(name: str) -> str:
    """The JSON pointer of a member (RFC 6901)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


_FIX = "take the column out of the views, or change the value or its type in the source"
_FIX_ARRAY = f"{_FIX}; if arrays have several dimensions, declare the column so (integer[][])"


def _refuse_misfits(
    connection: duckdb.DuckDBPyConnection, rows: Latest, schema: TableSchema, target: str
) -> None:
    misfit = connection.execute(
        f'SELECT "#misfit", "#place" FROM {target} WHERE "#misfit" IS NOT NULL LIMIT 1'
    ).fetchone()
    if misfit is None:
        return
    column, place = schema.column(misfit[0][1:]), misfit[1]
    key, kind = rows.keys[place].decode(), stored_type(captured_type(column))
    is_null = misfit[0][0] == _NULL
    what = "NULL in a NOT NULL column" if is_null else f"a value does not fit {kind}"
    what, at = f"Table {schema.table}, column {column.name}: {what}", rows.offsets[place]
    raise Misfit(
        f"{what} (key {key} at partition:offset {rows.partitions[place]}:{at}).",
        table=schema.table,
        column=column.name,
        is_null=is_null,
        is_nan=misfit[0][0] == _NAN,
        fix=_FIX_ARRAY if column.type_name.endswith("[]") else _FIX,
    )
