"""Adopts a view from another state file at the same cut, and compares the two builds."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path

import duckdb

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.engines.duckdb.duckdb_view import DuckDBView
from materializers.engines.duckdb.operators.scan import input_table
from materializers.engines.duckdb.outbox import outbox_table, view_table
from materializers.engines.duckdb.state import read_position, read_tables, read_views, write_view
from materializers.engines.duckdb.stored_name import stored_column
from materializers.engines.duckdb.tables import Tables
from materializers.engines.position import Position
from materializers.engines.stored_view import StoredView
from materializers.errors import StateError
from materializers.sql.types.expression import text_literal

_REBUILT = "rebuilt"


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


def rebuilt_table(view: str) -> str:
    """The quoted name of the table with the view's rows in the attached file."""
    return f"{_REBUILT}.{view_table(view)}"


def copy_view(
    connection: duckdb.DuckDBPyConnection, tables: Tables, view: DuckDBView, live: Set[str]
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
    view: DuckDBView,
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
