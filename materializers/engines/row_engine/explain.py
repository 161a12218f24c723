"""`rederive explain`: a view's relations, how each is maintained, and its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cdc.contract.schemas import TableSchema
from materializers.engines.row_engine.catalogue import Catalogue, view_spaces
from materializers.engines.row_engine.layout import Layout
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.rows.failure import Unsupported
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.partitioned import Partitioned
from materializers.engines.rows.operators.recompute import Recompute
from materializers.engines.rows.operators.scan import Scan
from materializers.engines.rows.operators.table import Table
from materializers.engines.rows.store.store import Reader
from materializers.errors import ViewError
from materializers.sql.printing.algebra import AlgebraTree
from materializers.sql.relations.relation import Relation


@dataclass(frozen=True, slots=True)
class Size:
    """A space's rows, and the bytes of its keys and values."""

    rows: int
    bytes: int


NOTHING = Size(0, 0)


def size_of(reader: Reader, name: str) -> Size:
    """Measure one space."""
    space = reader.space(name)
    return NOTHING if space is None else Size(*space.size())


def explain(reader: Reader, catalogue: Catalogue, view: RowView) -> dict[str, Any]:
    """The view's key, rows and bytes, the tree of its relations with how each is maintained, and
    its spaces; no sizes where it is not built. Any: it is printed as JSON."""
    circuit, _, _ = catalogue.snapshot()
    if view.name not in circuit.outputs:
        circuit = _of(catalogue, view, _layouts_of(view, view.stored.schemas))
    names = {f"input {table}": f"table {table}" for table in sorted(view.needs)}
    names |= {f"state {name}": name for name in sorted(_state(circuit, view.name))}
    rows, outbox = view_spaces(view.name)
    names |= {"rows": rows, "outbox": outbox}
    sizes = {label: size_of(reader, name) for label, name in names.items()} if view.is_built else {}
    return _as_json(circuit, view, sizes)


def planned(
    catalogue: Catalogue, view: RowView, schemas: Mapping[str, TableSchema]
) -> dict[str, Any]:
    """The same for a view that is not in the state."""
    return _as_json(_of(catalogue, view, _layouts_of(view, schemas)), view, {})


def _layouts_of(view: RowView, schemas: Mapping[str, TableSchema]) -> dict[str, Layout]:
    """The layouts of a view's tables if no other view reads them."""
    return {table: Layout.of(schemas[table], names) for table, names in view.needs.items()}


def _of(catalogue: Catalogue, view: RowView, layouts: Mapping[str, Layout]) -> Circuit:
    """The operators of one view. Raises ViewError where the row engine cannot maintain it."""
    circuit = catalogue.assembled({}, layouts)
    try:
        circuit.add_output(view.name, view.plan.root, view.schema.key)
    except Unsupported as error:
        raise ViewError(f"view {view.schema.name}: {error}") from error
    return circuit


def _as_json(circuit: Circuit, view: RowView, sizes: Mapping[str, Size]) -> dict[str, Any]:
    names = [column.name for column in view.schema.columns]
    tree = AlgebraTree(view.plan.root, names, _Keeping(circuit, view, sizes).of)
    return {
        "view": view.schema.name,
        "key": list(view.schema.key),
        "is_built": view.is_built,
        "failure": view.failure,
        "is_wide": view.stored.is_wide,
        "rows": view.rows,
        "bytes": sum(size.bytes for size in sizes.values()),
        "tree": tree.as_json(),
        "tables": {label: asdict(size) for label, size in sizes.items()},
    }


@dataclass(frozen=True, slots=True)
class _Keeping:
    """How the engine maintains each relation of a view."""

    circuit: Circuit
    view: RowView
    sizes: Mapping[str, Size]

    def of(self, relation: Relation) -> dict[str, Any] | None:
        """How it is maintained, and its spaces; None where it has no operator of its own."""
        operator = self.circuit.operator(relation)
        if operator is None:
            return None
        if isinstance(operator, Scan):
            (name,) = (shelf.name for shelf in operator.table.shelves)
            stored = self._sized(name, f"input {name.removeprefix('table ')}")
            return {"kept": "stored", "state": [stored], "beside": []}
        state = [self._sized(name, f"state {name}") for name in sorted(_spaces(operator))]
        return {"kept": _kept(operator), "state": state, "beside": []}

    def _sized(self, name: str, label: str) -> dict[str, Any]:
        size = self.sizes.get(label)
        measured = asdict(size) if size else {}
        return {"table": name, **measured, "shared_with": sharing(self.circuit, self.view, name)}


def _kept(operator: Operator) -> str:
    if isinstance(operator, Recompute):
        return "full"
    return "touched groups" if isinstance(operator, Partitioned) else "delta"


def _spaces(operator: Operator) -> set[str]:
    """The spaces of an operator and of the arrangements that it reads, without tables."""
    each = {operator, *(read for read in operator.reads if not isinstance(read, Table | Scan))}
    return {shelf.name for one in each for shelf in one.shelves}


def _state(circuit: Circuit, label: str) -> set[str]:
    """The spaces of a view's operators, without tables and its own rows."""
    own = {*view_spaces(label)}
    found = (o for o in circuit.outputs[label].reached() if not isinstance(o, Table))
    return {shelf.name for operator in found for shelf in operator.shelves} - own


def sharing(circuit: Circuit, view: RowView, space: str) -> list[str]:
    """The other views that use a space."""
    return sorted(
        name
        for name, output in circuit.outputs.items()
        if name != view.name
        and any(shelf.name == space for each in output.reached() for shelf in each.shelves)
    )


def storage(reader: Reader, path: Path, catalogue: Catalogue) -> dict[str, Any]:
    """`file_bytes`, with the log; `inputs` by table; `views` by label, each with its rows, its
    outbox and a list of operators. Shared state is listed under each view that uses it, with the
    others' names. Any: it is printed as JSON."""
    log = path.with_name(f"{path.name}-wal")
    circuit, views, layouts = catalogue.snapshot()
    inputs = {table: size_of(reader, f"table {table}") for table in sorted(layouts)}
    return {
        "file_bytes": path.stat().st_size + (log.stat().st_size if log.exists() else 0),
        "inputs": {table: asdict(size) for table, size in inputs.items()},
        "views": {label: _of_view(reader, circuit, view) for label, view in views.items()},
    }


def _of_view(reader: Reader, circuit: Circuit, view: RowView) -> dict[str, Any]:
    rows, outbox = view_spaces(view.name)
    is_moved = view.name in circuit.outputs
    return {
        "rows": asdict(size_of(reader, rows)),
        "outbox": asdict(size_of(reader, outbox)),
        "operators": [
            {
                "operator": name.partition(" ")[0],
                "table": name,
                **asdict(size_of(reader, name)),
                "shared_with": sharing(circuit, view, name),
            }
            for name in (sorted(_state(circuit, view.name)) if is_moved else ())
        ],
    }
