"""The differences between two tables of one view."""

from __future__ import annotations

import duckdb

from materializers.difference import FLOAT_DIGITS, KEYS_SHOWN_MAX, Difference, key_text
from materializers.duckdb_names import duckdb_names
from materializers.sql.types.expression import quote
from materializers.view import ViewColumn, ViewSchema

_FLOATS = ("real", "double precision")
_DIFFERING, _SIDE = "differing", '"#side"'


def difference(
    connection: duckdb.DuckDBPyConnection, schema: ViewSchema, here: str, there: str
) -> Difference:
    """`here`, `there`: quoted names of the tables, with the columns' names in DuckDB; `here` has
    the expected rows."""
    held = _held(schema)
    columns = ", ".join(_comparable(column, held[column.name]) for column in schema.columns)
    mine, theirs = f"SELECT {columns} FROM {here}", f"SELECT {columns} FROM {there}"
    key = [held[name] for name in schema.key]
    on = " AND ".join(f"h.{name} IS NOT DISTINCT FROM t.{name}" for name in key) or "true"
    shown = "".join(f", coalesce(h.{name}, t.{name}) AS {name}" for name in key)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_DIFFERING} AS SELECT CASE WHEN t.{_SIDE} IS NULL THEN"
        f" 'missing' WHEN h.{_SIDE} IS NULL THEN 'extra' ELSE 'unlike' END AS {_SIDE}{shown}"
        f" FROM (SELECT *, true AS {_SIDE} FROM ({mine} EXCEPT ALL {theirs})) h"
        f" FULL JOIN (SELECT *, true AS {_SIDE} FROM ({theirs} EXCEPT ALL {mine})) t ON {on}"
    )
    try:
        return _counted(connection, schema, here)
    finally:
        connection.execute(f"DROP TABLE {_DIFFERING}")


def _counted(connection: duckdb.DuckDBPyConnection, schema: ViewSchema, here: str) -> Difference:
    row = connection.execute(f"SELECT count(*) FROM {here}").fetchone()
    counts = connection.execute(
        f"SELECT {_SIDE}, count(*) FROM {_DIFFERING} GROUP BY {_SIDE}"
    ).fetchall()
    held, keys = _held(schema), {}
    listed = ", ".join([_SIDE, *(held[name] for name in schema.key)])
    for kind, _ in counts:
        rows = connection.execute(
            f"SELECT {listed} FROM {_DIFFERING} WHERE {_SIDE} = ?"
            f" ORDER BY ALL LIMIT {KEYS_SHOWN_MAX}",
            [kind],
        ).fetchall()
        keys[kind] = tuple(key_text(schema.key, values[1:]) for values in rows)
    assert row is not None
    return Difference(int(row[0]), **dict(counts), keys=keys)


def _held(schema: ViewSchema) -> dict[str, str]:
    """Column -> its quoted name in DuckDB."""
    names = [column.name for column in schema.columns]
    return dict(zip(names, map(quote, duckdb_names(names)), strict=True))


def _comparable(column: ViewColumn, name: str) -> str:
    if column.type_name in _FLOATS:
        return f"format('{{:.{FLOAT_DIGITS}g}}', CAST({name} AS DOUBLE)) AS {name}"
    return name
