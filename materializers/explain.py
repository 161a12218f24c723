"""What `rederive explain` shows: the operator tree, how each is kept, the state it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from materializers.kept_view import KeptView
from materializers.operators.operator import Operator
from materializers.operators.recompute import Recompute
from materializers.operators.scan import Scan, input_table
from materializers.outbox import outbox_table, view_table

_BLOCK_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Size:
    """Rows of a stored table, and the bytes of the blocks it fills."""

    rows: int
    bytes: int


def size_of(connection: duckdb.DuckDBPyConnection, table: str) -> Size:
    """Measure one table; blocks not yet written to the file are not counted."""
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    name = table.replace("'", "''")
    blocks = connection.execute(
        f"SELECT count(DISTINCT block_id) FROM pragma_storage_info('{name}') WHERE block_id >= 0"
    ).fetchone()
    assert row is not None and blocks is not None
    return Size(int(row[0]), int(blocks[0]) * _BLOCK_BYTES)


def sizes(connection: duckdb.DuckDBPyConnection, view: KeptView) -> Mapping[str, Size]:
    """Every table that keeps the view: its inputs, its state, its rows, its outbox."""
    names = {f"input {table}": input_table(table) for table in sorted(view.plan.needs)}
    names |= {f"state {table}": table for table in view.plan.state()}
    names |= {"rows": view_table(view.name), "outbox": outbox_table(view.name)}
    return {label: size_of(connection, table) for label, table in names.items()}


def explain(connection: duckdb.DuckDBPyConnection, view: KeptView) -> list[str]:
    """One line per operator, inputs indented below it, then the sizes."""
    key = ", ".join(view.schema.key) or "(one row)"
    state = f"stopped: {view.failure}" if view.failure else f"{view.rows} rows"
    lines = [f"view {view.name}: key {key}, {state}"]
    lines += _tree(view.plan.root, 1)
    if view.is_built:
        lines.append("kept in the state:")
        for label, size in sizes(connection, view).items():
            lines.append(f"  {label}: {size.rows:,} rows, {size.bytes / 1e6:,.1f} MB")
    return lines


def _tree(operator: Operator, depth: int) -> list[str]:
    below = [operator.child] if isinstance(operator, Recompute) else list(operator.inputs)
    kept = "stored" if isinstance(operator, Scan) else operator.kept
    tables = "".join(f", state {table}" for table in operator.state())
    lines = [f"{'  ' * depth}{operator.describe()} [{kept}{tables}]"]
    for child in below:
        lines += _tree(child, depth + 1)
    return lines
