"""The state file: one DuckDB database, which one process opens at a time.

rederive.format   the version of this layout
rederive.meta     the last applied cut, the offsets to read from
rederive.tables   the last known schema of every captured table
rederive.views    each view's definition, build and failure
input.*           current rows of the input tables      (tables.py)
operators.*       operators' state                      (operators/)
views.*, outbox.* each view's rows, and their changes   (outbox.py)
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import orjson

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.engines.duckdb.macros.install import EXPRESSION_MACROS
from materializers.engines.label import is_next, view_of
from materializers.engines.position import Position
from materializers.engines.refused_state import REMOVE_IT, other_version, taken
from materializers.engines.stored_view import StoredView, inner_views, inner_views_text
from materializers.errors import StateError
from materializers.sql.depth import EXPRESSION_DEPTH_MAX
from materializers.sql.types.expression import quote, text_literal
from materializers.view import ViewDefinition

log = logging.getLogger("rederive.state")

FORMAT = 16
"""Raised whenever operators' state or these tables change. State is not migrated; it is rebuilt
from the topics."""

# Of DuckDB 2.0. statistics_propagation: above an outer join whose condition no row can meet,
# sum(x) is 0 instead of NULL. row_group_pruner: ORDER BY a, b LIMIT n loses rows that are equal in
# a, if the largest a of their row group was deleted. late_materialization: ORDER BY … LIMIT loses
# rows in a transaction that has deleted and inserted. common_subplan: if one of two equal subplans
# needs fewer columns, the other reads the wrong table's column
_UNSOUND_OPTIMIZERS = "statistics_propagation,row_group_pruner,late_materialization,common_subplan"

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS rederive;
CREATE TABLE IF NOT EXISTS rederive.format (version INTEGER);
CREATE SCHEMA IF NOT EXISTS input;
CREATE SCHEMA IF NOT EXISTS operators;
CREATE SCHEMA IF NOT EXISTS views;
CREATE SCHEMA IF NOT EXISTS outbox;
CREATE TABLE IF NOT EXISTS rederive.meta (name VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS rederive.tables (name VARCHAR, schema VARCHAR);
CREATE TABLE IF NOT EXISTS rederive.views (
    name VARCHAR, sql VARCHAR, file VARCHAR, line INTEGER, inner_views VARCHAR, key VARCHAR,
    generation BIGINT, schemas VARCHAR, failure VARCHAR, is_built BOOLEAN,
    row_count BIGINT, outbox_from BIGINT, is_outdated BOOLEAN, stopped_at VARCHAR, is_wide BOOLEAN
);
"""


def open_state(path: Path, *, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """Open or create the file. Raises StateError where another process uses it or it is damaged."""
    settings: dict[str, str] = {"preserve_insertion_order": "false"}
    if memory_limit:
        settings["memory_limit"] = memory_limit
    if threads:
        settings["threads"] = str(threads)
    try:
        connection = taken(path, lambda: _connected(path, settings))
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET disabled_optimizers = '{_UNSOUND_OPTIMIZERS}'")
        connection.execute(f"SET max_expression_depth = {EXPRESSION_DEPTH_MAX}")
        connection.execute(_SCHEMA)
        _require_format(connection, path)
        for macro in EXPRESSION_MACROS:
            connection.execute(macro)
    except duckdb.Error as error:
        raise StateError(
            f"The state file {path} cannot be opened: {str(error).splitlines()[0]}",
            fix="" if isinstance(error, duckdb.IOException) else REMOVE_IT,
        ) from error
    return connection


def _connected(path: Path, settings: dict[str, str]) -> duckdb.DuckDBPyConnection | None:
    """A connection; None while another process uses the file."""
    try:
        return duckdb.connect(str(path), config=dict(settings))
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            return None
        raise


def _require_format(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    version = connection.execute("SELECT version FROM rederive.format").fetchone()
    has_rows = connection.execute("SELECT 1 FROM rederive.meta LIMIT 1").fetchone() is not None
    if version is None and not has_rows:
        connection.execute("INSERT INTO rederive.format VALUES (?)", [FORMAT])
    elif version != (FORMAT,):
        connection.close()
        raise other_version(path)


def require_state(connection: duckdb.DuckDBPyConnection, path: Path, tables: set[str]) -> None:
    """Raise StateError where a table (given as `operators."name"`) is missing: another version
    planned the views otherwise, and its operators' state has other names."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'operators'"
    ).fetchall()
    if not tables <= {f"operators.{quote(row[0])}" for row in rows}:
        raise other_version(path)


def read_position(connection: duckdb.DuckDBPyConnection, database: str = "") -> Position:
    """The state's position, in the connection's transaction. `database`: the name of an attached
    file, to read that."""
    prefix = f"{database}." if database else ""
    rows = connection.execute(f"SELECT name, value FROM {prefix}rederive.meta").fetchall()
    meta = dict(rows)
    cut = Cut.from_json(meta["cut"]) if meta.get("cut") else None
    offsets = orjson.loads(meta.get("offsets", "{}"))
    ends = {topic: tuple(numbers) for topic, numbers in offsets.items()}
    return Position(cut, ends, meta.get("is_exact", "true") == "true")


def write_position(connection: duckdb.DuckDBPyConnection, position: Position) -> None:
    """Store the position, in the caller's transaction, together with the rows."""
    ends = {topic: list(numbers) for topic, numbers in position.offsets.items()}
    values = {
        "cut": position.cut.to_json().decode() if position.cut is not None else "",
        "offsets": orjson.dumps(ends).decode(),
        "is_exact": "true" if position.is_exact else "false",
    }
    pairs = ", ".join(f"({text_literal(n)}, {text_literal(v)})" for n, v in values.items())
    connection.execute("DELETE FROM rederive.meta")
    connection.execute(f"INSERT INTO rederive.meta VALUES {pairs}")


def read_tables(
    connection: duckdb.DuckDBPyConnection, database: str = ""
) -> dict[str, TableSchema]:
    """The last known schema of every table. `database`: as of `read_position`."""
    prefix = f"{database}." if database else ""
    rows = connection.execute(f"SELECT name, schema FROM {prefix}rederive.tables").fetchall()
    return {name: TableSchema.from_json(text) for name, text in rows}


def write_tables(connection: duckdb.DuckDBPyConnection, schemas: Mapping[str, TableSchema]) -> None:
    """Store these schemas; others are left as they are."""
    for name, schema in schemas.items():
        connection.execute("DELETE FROM rederive.tables WHERE name = ?", [name])
        text = schema.to_json().decode()
        connection.execute("INSERT INTO rederive.tables VALUES (?, ?)", [name, text])


def remove_tables(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Remove the schemas of tables that are no longer captured."""
    for name in names:
        connection.execute("DELETE FROM rederive.tables WHERE name = ?", [name])


def read_views(connection: duckdb.DuckDBPyConnection, database: str = "") -> dict[str, StoredView]:
    """Every view of the file by label. `database`: as of `read_position`."""
    prefix = f"{database}." if database else ""
    rows = connection.execute(f"SELECT * FROM {prefix}rederive.views ORDER BY name").fetchall()
    return {row[0]: _stored_view(row) for row in rows}


def read_view(connection: duckdb.DuckDBPyConnection, label: str) -> StoredView | None:
    """The view of that label; None where there is none."""
    rows = connection.execute("SELECT * FROM rederive.views WHERE name = ?", [label]).fetchall()
    return _stored_view(rows[0]) if rows else None


def _stored_view(row: tuple[object, ...]) -> StoredView:
    name, sql, file, line, over, key, generation, schemas, failure, is_built, *rest = row
    count, start, old, stopped_at, is_wide = rest
    inner, label = inner_views(str(over)), str(name)
    definition = ViewDefinition(view_of(label), str(sql), Path(str(file)), int(str(line)), inner)
    raw = orjson.loads(str(schemas))
    return StoredView(
        definition,
        tuple(orjson.loads(str(key))) if key is not None else None,
        int(str(generation)),
        {table: TableSchema.from_json(text) for table, text in raw.items()},
        str(failure) if failure is not None else None,
        bool(is_built),
        int(str(count)),
        int(str(start)),
        is_next(label),
        bool(old),
        str(stopped_at),
        bool(is_wide),
    )


def write_view(connection: duckdb.DuckDBPyConnection, view: StoredView) -> None:
    """Store a view in place of the one of its label."""
    definition = view.definition
    schemas = {table: schema.to_json().decode() for table, schema in view.schemas.items()}
    connection.execute("DELETE FROM rederive.views WHERE name = ?", [view.label])
    connection.execute(
        "INSERT INTO rederive.views VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            view.label, definition.sql, str(definition.file), definition.line,
            inner_views_text(definition.over),
            orjson.dumps(view.key).decode() if view.key is not None else None,
            view.generation, orjson.dumps(schemas).decode(), view.failure, view.is_built,
            view.rows, view.outbox_from, view.is_outdated, view.stopped_at, view.is_wide,
        ],
    )  # fmt: skip


class Transaction:
    """BEGIN, then COMMIT, or ROLLBACK where the block raises."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
            return
        try:
            self._connection.execute("ROLLBACK")
        except duckdb.Error as error:
            # After a fatal error DuckDB has rolled back itself; the caller must see that error
            log.warning("rolling back: %s", type(error).__name__)
