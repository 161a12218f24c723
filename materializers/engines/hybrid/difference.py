"""Compares a view's rows in two engines at one cut."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from materializers.difference import KEYS_SHOWN_MAX, Difference, key_text
from materializers.engines.view_reader import ViewReader
from materializers.errors import StateError
from materializers.sql.types.expression import quote
from materializers.view import ViewColumn, ViewSchema

FLOAT_DIGITS = 12
"""Significant digits by which floats are compared: their sums depend on the order of addition."""
_TIMEOUT_S = 60.0
_FLOATS = ("real", "double precision")
_KIND = '"#kind"'


def difference(here: ViewReader, there: ViewReader, view: str) -> Difference:
    """The differences; `here` has the expected rows. Raises StateError unless both are at one
    cut."""
    with duckdb.connect(":memory:") as connection:
        schema = _loaded(connection, here, there, view)
        columns = ", ".join(map(_comparable, schema.columns))
        key = [quote(name) for name in schema.key]
        on = " AND ".join(f"h.{name} IS NOT DISTINCT FROM t.{name}" for name in key) or "true"
        shown = "".join(f", coalesce(h.{name}, t.{name}) AS {name}" for name in key)
        connection.execute(
            f"CREATE TABLE differing AS SELECT CASE WHEN t.{_KIND} IS NULL THEN 'missing'"
            f" WHEN h.{_KIND} IS NULL THEN 'extra' ELSE 'unlike' END AS {_KIND}{shown} FROM"
            f" (SELECT *, true AS {_KIND} FROM (SELECT {columns} FROM here EXCEPT ALL"
            f" SELECT {columns} FROM there)) h FULL JOIN (SELECT *, true AS {_KIND} FROM"
            f" (SELECT {columns} FROM there EXCEPT ALL SELECT {columns} FROM here)) t ON {on}"
        )
        return _told(connection, schema)


def _loaded(
    connection: duckdb.DuckDBPyConnection, here: ViewReader, there: ViewReader, view: str
) -> ViewSchema:
    """A DuckDB connection with both sides as tables `here` and `there`."""
    versions = []
    for name, reader in (("here", here), ("there", there)):
        whole = reader.whole(view, _TIMEOUT_S)
        try:
            rows = pa.RecordBatchReader.from_batches(whole.types, whole.batches)
            connection.execute(f"CREATE TABLE {name} AS FROM rows")
            versions.append(whole.cut)
            schema = whole.schema
            del rows
        finally:
            whole.close()
    first, second = versions
    if first.version != second.version:
        raise StateError(f"View {view} is at {second.lsn} there, at {first.lsn} here.")
    return schema


def _told(connection: duckdb.DuckDBPyConnection, schema: ViewSchema) -> Difference:
    counted = dict(
        connection.execute(f"SELECT {_KIND}, count(*) FROM differing GROUP BY 1").fetchall()
    )
    listed = ", ".join(map(quote, schema.key)) or "1"
    keys = {}
    for kind in counted:
        found = connection.execute(
            f"SELECT {listed} FROM differing WHERE {_KIND} = ? ORDER BY ALL LIMIT {KEYS_SHOWN_MAX}",
            [kind],
        ).fetchall()
        keys[kind] = tuple(key_text(schema.key, values[: len(schema.key)]) for values in found)
    (rows,) = connection.execute("SELECT count(*) FROM here").fetchone() or (0,)
    return Difference(int(rows), **counted, keys=keys)


def _comparable(column: ViewColumn) -> str:
    name = quote(column.name)
    if column.type_name in _FLOATS:
        return f"format('{{:.{FLOAT_DIGITS}g}}', CAST({name} AS DOUBLE)) AS {name}"
    return name
