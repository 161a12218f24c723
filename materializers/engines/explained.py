"""The answers of `explain` and `storage`, in the form that all engines give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from materializers.engines.planned_view import PlannedView
from materializers.sql.printing.algebra import AlgebraTree
from materializers.sql.relations.relation import Relation

Maintained = Callable[[Relation], "dict[str, Any] | None"]
"""How a relation is maintained, with its state; None where it has no operator of its own."""


@dataclass(frozen=True, slots=True)
class Size:
    """A stored table's rows and bytes."""

    rows: int
    bytes: int


def explained(
    view: PlannedView, root: Relation, maintained: Maintained, sizes: Mapping[str, Size]
) -> dict[str, Any]:
    """A view's key, rows and bytes, the tree of its relations with how each is maintained, and its
    tables. `sizes`: by table; none where it is not built. Any: it is printed as JSON."""
    names = [column.name for column in view.schema.columns]
    return {
        "view": view.schema.name,
        "key": list(view.schema.key),
        "is_built": view.is_built,
        "failure": view.failure,
        "is_wide": view.stored.is_wide,
        "rows": view.rows,
        "bytes": sum(size.bytes for size in sizes.values()),
        "tree": AlgebraTree(root, names, maintained).as_json(),
        "tables": {label: asdict(size) for label, size in sizes.items()},
    }


def state_table(table: str, size: Size | None, shared_with: list[str]) -> dict[str, Any]:
    """One table of a relation's state, with its size where that is known."""
    return {"table": table, **(asdict(size) if size else {}), "shared_with": shared_with}


def storage(
    path: Path, log: str, inputs: Mapping[str, Size], views: Mapping[str, Any]
) -> dict[str, Any]:
    """`file_bytes`, with the log, which is named by its suffix; `inputs` by table; `views` by
    label. State that views share is listed under each of them. Any: it is printed as JSON."""
    log_file = path.with_name(f"{path.name}{log}")
    return {
        "file_bytes": path.stat().st_size + (log_file.stat().st_size if log_file.exists() else 0),
        "inputs": {table: asdict(size) for table, size in inputs.items()},
        "views": dict(views),
    }


def view_storage(rows: Size, outbox: Size, state: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The sizes of a view's rows, its outbox, and its operators' state (`state_table`, and the
    operator's name)."""
    return {"rows": asdict(rows), "outbox": asdict(outbox), "operators": list(state)}
