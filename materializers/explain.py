"""What `rederive explain` shows: the operator tree, how each is kept, the state it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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


def sharing(view: KeptView, views: Iterable[KeptView], table: str) -> list[str]:
    """The other views that need a state table of a view."""
    return sorted(v.name for v in views if v.name != view.name and table in v.plan.state())


def explain(
    connection: duckdb.DuckDBPyConnection, view: KeptView, views: Iterable[KeptView]
) -> list[str]:
    """One line per operator, inputs indented below it, each with what it keeps; then the rest."""
    key = ", ".join(view.schema.key) or "(one row)"
    state = f"stopped: {view.failure}" if view.failure else f"{view.rows} rows"
    found = sizes(connection, view) if view.is_built else {}
    explained = _Explained(view, list(views), found)
    lines = [f"view {view.name}: key {key}, {state}"]
    lines += explained.tree(view.plan.root, 1)
    if found:
        lines.append("kept in the state:")
        lines += [f"  {label}: {_shown(size)}" for label, size in found.items()]
    return lines


def _shown(size: Size) -> str:
    return f"{size.rows:,} rows, {size.bytes / 1e6:,.1f} MB"


@dataclass(frozen=True, slots=True)
class _Explained:
    """The lines of one view's tree; an operator that is read twice is shown once in full."""

    view: KeptView
    views: list[KeptView]
    sizes: Mapping[str, Size]
    shown: set[int] = field(default_factory=set)

    def tree(self, operator: Operator, depth: int) -> list[str]:
        kept = "stored" if isinstance(operator, Scan) else operator.kept
        parts = [kept, *(self._state(table) for table in operator.state())]
        line = f"{'  ' * depth}{operator.describe()} [{', '.join(parts)}]"
        if operator.state() and id(operator) in self.shown:
            return [f"{line}, as above"]
        self.shown.add(id(operator))
        below = [operator.child] if isinstance(operator, Recompute) else list(operator.inputs)
        return [line, *(each for child in below for each in self.tree(child, depth + 1))]

    def _state(self, table: str) -> str:
        size = self.sizes.get(f"state {table}")
        text = f"state {table}" + (f": {_shown(size)}" if size else "")
        others = sharing(self.view, self.views, table)
        return f"{text}, shared with {' and '.join(others)}" if others else text
