"""The sizes of the state for `rederive status`: file, input tables, views, operators' state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from materializers.engines.duckdb.explain import sharing, size_of
from materializers.engines.duckdb.kept_view import KeptView
from materializers.engines.duckdb.operators.scan import input_table
from materializers.engines.duckdb.outbox import outbox_table, view_table
from materializers.engines.duckdb.stored_name import stored_name


def storage(
    connection: duckdb.DuckDBPyConnection, path: Path, views: Sequence[KeptView]
) -> dict[str, Any]:
    """`file_bytes`, with the write-ahead log; `inputs` by table; `views` by name, each with its
    rows, its outbox and a list of operators. Shared state is listed under each view that uses it,
    with the others' names. Any: it is printed as JSON."""
    log = path.with_name(f"{path.name}.wal")
    needed = sorted({table for view in views for table in view.plan.needs})
    inputs = {t: size_of(connection, input_table(t)) for t in _there(connection, needed)}
    return {
        "file_bytes": path.stat().st_size + (log.stat().st_size if log.exists() else 0),
        "inputs": {table: asdict(size) for table, size in inputs.items()},
        "views": {view.name: _of_view(connection, view, views) for view in views},
    }


def _there(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> list[str]:
    """Those of the tables that exist: a stopped view's inputs are dropped with their last
    reader."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'input'"
        " AND database_name = current_database()"
    ).fetchall()
    return [table for table in tables if (stored_name(table),) in rows]


def _of_view(
    connection: duckdb.DuckDBPyConnection, view: KeptView, views: Sequence[KeptView]
) -> dict[str, Any]:
    return {
        "rows": asdict(size_of(connection, view_table(view.name))),
        "outbox": asdict(size_of(connection, outbox_table(view.name))),
        "operators": [
            {
                "operator": operator.describe(),
                "table": table,
                **asdict(size_of(connection, table)),
                "shared_with": sharing(view, views, table),
            }
            for operator in view.plan.operators()
            for table in operator.state()
        ],
    }
