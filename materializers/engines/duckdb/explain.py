"""What `rederive explain` shows: the operator tree, how each is kept, the state it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb

from materializers.engines.duckdb.kept_view import KeptView
from materializers.engines.duckdb.operators.operator import Operator
from materializers.engines.duckdb.operators.recompute import Recompute
from materializers.engines.duckdb.operators.scan import Scan, input_table
from materializers.engines.duckdb.outbox import outbox_table, view_table

_BLOCK_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Size:
    """Rows of a stored table, and the bytes of the blocks it fills."""

    rows: int
    bytes: int


def size_of(connection: duckdb.DuckDBPyConnection, table: str) -> Size:
    """Measure one table; blocks not yet written to the file are not counted, and those of a table
    that was emptied are no longer its own."""
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    name = table.replace("'", "''")
    blocks = connection.execute(
        f"SELECT count(DISTINCT block_id) FROM pragma_storage_info('{name}') WHERE block_id >= 0"
    ).fetchone()
    assert row is not None and blocks is not None
    return Size(int(row[0]), int(blocks[0]) * _BLOCK_BYTES if row[0] else 0)


def sizes(connection: duckdb.DuckDBPyConnection, view: KeptView) -> Mapping[str, Size]:
    """Every table that keeps the view: its inputs, its state, its rows, its outbox."""
    names = {f"input {table}": input_table(table) for table in sorted(view.plan.needs)}
    names |= {f"state {table}": table for table in view.plan.state()}
    names |= {"rows": view_table(view.name), "outbox": outbox_table(view.name)}
    return {label: size_of(connection, table) for label, table in names.items()}


def sharing(view: KeptView, views: Iterable[KeptView], table: str) -> list[str]:
    """The other views that need a state table of a view."""
    return sorted(v.name for v in views if v.name != view.name and table in v.plan.state())


def explain(
    connection: duckdb.DuckDBPyConnection, view: KeptView, views: Iterable[KeptView]
) -> dict[str, Any]:
    """The view's key, rows and bytes, the tree of its operators, and every table that keeps it;
    no sizes where it is not built. Any: it is shown as JSON."""
    found = sizes(connection, view) if view.is_built else {}
    return {
        "view": view.schema.name,
        "key": list(view.schema.key),
        "is_built": view.is_built,
        "failure": view.failure,
        "rows": view.rows,
        "bytes": sum(size.bytes for size in found.values()),
        "tree": _Tree(view, list(views), found).of(view.plan.root),
        "tables": {label: asdict(size) for label, size in found.items()},
    }


@dataclass(frozen=True, slots=True)
class _Tree:
    """The tree of one view; an operator that is read twice is given in full once."""

    view: KeptView
    views: list[KeptView]
    sizes: Mapping[str, Size]
    given: set[int] = field(default_factory=set)

    def of(self, operator: Operator) -> dict[str, Any]:
        is_above = bool(operator.state()) and id(operator) in self.given
        self.given.add(id(operator))
        below = [operator.child] if isinstance(operator, Recompute) else list(operator.inputs)
        return {
            "operator": operator.describe(),
            "kept": "stored" if isinstance(operator, Scan) else operator.kept,
            "state": [self._state(table) for table in operator.state()],
            "is_above": is_above,
            "inputs": [] if is_above else [self.of(child) for child in below],
        }

    def _state(self, table: str) -> dict[str, Any]:
        size = self.sizes.get(f"state {table}")
        measured = asdict(size) if size else {}
        return {"table": table, **measured, "shared_with": sharing(self.view, self.views, table)}
