"""Adopts a view from another state file at the same cut, and compares the two builds."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path

import duckdb

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.difference import KEYS_SHOWN_MAX, Difference, key_text
from materializers.engines.duckdb.kept_view import KeptView
from materializers.engines.duckdb.operators.scan import input_table
from materializers.engines.duckdb.outbox import outbox_table, view_table
from materializers.engines.duckdb.state import read_position, read_tables, read_views, write_view
from materializers.engines.duckdb.stored_name import stored_column
from materializers.engines.duckdb.tables import Tables
from materializers.engines.position import Position
from materializers.engines.stored_view import StoredView
from materializers.errors import StateError
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import quote, text_literal

_REBUILT = "rebuilt"
_DIFFERING, _SIDE = "differing", '"#side"'
FLOAT_DIGITS = 12
"""Significant digits by which floats are compared: their sums depend on the order of addition."""


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    """Attach the other state file, read-only, as the database `rebuilt`."""
    connection.execute(f"ATTACH {text_literal(str(path))} AS {_REBUILT} (READ_ONLY)")
    try:
        yield
    finally:
        connection.execute(f"DETACH {_REBUILT}")


def stored_view(connection: duckdb.DuckDBPyConnection, path: Path, view: str) -> StoredView:
    """The view's entry in the attached file; raises StateError where it is not built there."""
    stored = read_views(connection, _REBUILT).get(view)
    if stored is None or not stored.is_built or stored.failure is not None:
        raise StateError(f"The state file {path} has no finished build of view {view}.")
    return stored


def known_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, TableSchema]:
    """Every table as the attached file has last seen it."""
    return read_tables(connection, _REBUILT)


def position_there(connection: duckdb.DuckDBPyConnection) -> Position:
    """How far the attached file is."""
    return read_position(connection, _REBUILT)


def refuse_other_cut(connection: duckdb.DuckDBPyConnection, path: Path, cut: Cut | None) -> None:
    """Raise StateError unless the attached file is at this cut."""
    other = read_position(connection, _REBUILT)
    if cut is None or other.cut is None or not other.is_exact or other.cut.version != cut.version:
        here = cut.lsn if cut is not None else "no cut"
        there = other.cut.lsn if other.cut is not None else "no cut"
        raise StateError(f"The state file {path} is at {there}, this one at {here}.")


def difference(connection: duckdb.DuckDBPyConnection, view: KeptView) -> Difference:
    """The differences between the view's build in the attached file and the one here."""
    columns = ", ".join(_comparable(c) for c in view.plan.root.columns)
    here = f"SELECT {columns} FROM {view_table(view.name)}"
    there = f"SELECT {columns} FROM {_REBUILT}.{view_table(view.name)}"
    key = [quote(name) for name in view.schema.key]
    on = " AND ".join(f"h.{name} IS NOT DISTINCT FROM t.{name}" for name in key) or "true"
    shown = "".join(f", coalesce(h.{name}, t.{name}) AS {name}" for name in key)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_DIFFERING} AS SELECT CASE WHEN t.{_SIDE} IS NULL THEN"
        f" 'missing' WHEN h.{_SIDE} IS NULL THEN 'extra' ELSE 'unlike' END AS {_SIDE}{shown}"
        f" FROM (SELECT *, true AS {_SIDE} FROM ({here} EXCEPT ALL {there})) h"
        f" FULL JOIN (SELECT *, true AS {_SIDE} FROM ({there} EXCEPT ALL {here})) t ON {on}"
    )
    try:
        return _told(connection, view, ", ".join([_SIDE, *key]))
    finally:
        connection.execute(f"DROP TABLE {_DIFFERING}")


def _told(connection: duckdb.DuckDBPyConnection, view: KeptView, columns: str) -> Difference:
    row = connection.execute(f"SELECT count(*) FROM {view_table(view.name)}").fetchone()
    counted = connection.execute(
        f"SELECT {_SIDE}, count(*) FROM {_DIFFERING} GROUP BY {_SIDE}"
    ).fetchall()
    keys = {}
    for kind, _ in counted:
        counts = connection.execute(
            f"SELECT {columns} FROM {_DIFFERING} WHERE {_SIDE} = ?"
            f" ORDER BY ALL LIMIT {KEYS_SHOWN_MAX}",
            [kind],
        ).fetchall()
        keys[kind] = tuple(key_text(view.schema.key, values[1:]) for values in counts)
    assert row is not None
    return Difference(int(row[0]), **dict(counted), keys=keys)


def _comparable(column: Column) -> str:
    name = quote(column.name)
    if column.type.is_float:
        return f"format('{{:.{FLOAT_DIGITS}g}}', CAST({name} AS DOUBLE)) AS {name}"
    return name


def copy_view(
    connection: duckdb.DuckDBPyConnection, tables: Tables, view: KeptView, live: Set[str]
) -> None:
    """Copy the view's entry, rows and state, and what the input tables here lack. `live`: state
    tables that other views maintain here; they are equal, because both files are at one cut."""
    for table, columns in view.plan.needs.items():
        copy_input(connection, tables, table, view, columns)
    for table in view.plan.state().keys() - live:
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {_REBUILT}.{table}")
    view.outbox.create(connection)
    rows = view_table(view.name)
    connection.execute(f"INSERT INTO {rows} FROM {_REBUILT}.{rows}")
    # the rebuild has delivered its generation up to this cut: later changes come from here
    outbox = outbox_table(view.name)
    connection.execute(f"INSERT INTO {outbox} FROM {_REBUILT}.{outbox}")
    write_view(connection, view.stored)


def copy_input(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    table: str,
    view: KeptView,
    columns: frozenset[str],
) -> None:
    """Copy missing columns or a missing table. Both files are at one cut, so their rows are the
    same."""
    lacking = tables.lacking(table, columns)
    if not lacking:
        return
    mine, theirs = input_table(table), f"{_REBUILT}.{input_table(table)}"
    if not tables.holds(table):
        connection.execute(f"CREATE OR REPLACE TABLE {mine} AS FROM {theirs}")
        return
    key = view.stored.schemas[table].key
    on = " AND ".join(f"m.{stored_column(k)} = t.{stored_column(k)}" for k in key)
    added = ", ".join(f"t.{stored_column(c)}" for c in lacking)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE widened AS SELECT m.*, {added} FROM {mine} m"
        f" JOIN {theirs} t ON {on}"
    )
    connection.execute(f"CREATE OR REPLACE TABLE {mine} AS FROM widened")
    connection.execute("DROP TABLE widened")
