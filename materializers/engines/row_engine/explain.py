"""`rederive explain`: a view's relations, how each is maintained, and its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from materializers.engines.explained import Size, explained, state_table, storage, view_storage
from materializers.engines.row_engine.catalogue import Catalogue, view_spaces
from materializers.engines.row_engine.layout import Layout
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.row_engine.state_file import StateFile
from materializers.engines.rows.failure import Unsupported
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.partitioned import Partitioned
from materializers.engines.rows.operators.recompute import Recompute
from materializers.engines.rows.operators.scan import Scan
from materializers.engines.rows.operators.table import Table
from materializers.engines.rows.store.store import Reader
from materializers.errors import ViewError
from materializers.sql.relations.relation import Relation

NOTHING = Size(0, 0)


def size_of(reader: Reader, name: str) -> Size:
    """Measure one space."""
    space = reader.space(name)
    return NOTHING if space is None else Size(*space.size())


class RowDescription:
    """Explains views and measures the state, in any thread; each answer is of one snapshot."""

    def __init__(self, file: StateFile, catalogue: Catalogue) -> None:
        self._file, self._catalogue = file, catalogue

    def explain(self, view: RowView) -> dict[str, Any]:
        """See `ViewReader.explain`. Raises ViewError where the row engine cannot maintain it."""
        circuit, _, _ = self._catalogue.snapshot()
        if not view.is_built or view.name not in circuit.outputs:
            circuit = _alone(view, self._catalogue)
        rows, outbox = view_spaces(view.name)
        names = {f"input {table}": f"table {table}" for table in sorted(view.needs)}
        names |= {f"state {name}": name for name in sorted(_state(circuit, view.name))}
        names |= {"rows": rows, "outbox": outbox}
        with self._file.reading(f"Explaining view {view.name}") as reader:
            sizes = {k: size_of(reader, n) for k, n in names.items()} if view.is_built else {}
        return explained(view, view.plan.root, _Maintained(circuit, view, sizes).of, sizes)

    def storage(self) -> dict[str, Any]:
        """See `ViewReader.storage`."""
        circuit, views, layouts = self._catalogue.snapshot()
        with self._file.reading("Measuring the state") as reader:
            inputs = {table: size_of(reader, f"table {table}") for table in sorted(layouts)}
            of_views = {label: _of_view(reader, circuit, view) for label, view in views.items()}
        return storage(self._file.path, "-wal", inputs, of_views)


def _alone(view: RowView, catalogue: Catalogue) -> Circuit:
    """The operators of one view, over tables that no other view reads."""
    schemas = view.stored.schemas
    circuit = catalogue.assembled({}, {t: Layout.of(schemas[t], n) for t, n in view.needs.items()})
    try:
        circuit.add_output(view.name, view.plan.root, view.schema.key)
    except Unsupported as error:
        raise ViewError(f"view {view.schema.name}: {error}") from error
    return circuit


@dataclass(frozen=True, slots=True)
class _Maintained:
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
            return {"upkeep": "stored", "state": [stored], "beside": []}
        state = [self._sized(name, f"state {name}") for name in sorted(_spaces(operator))]
        return {"upkeep": _upkeep(operator), "state": state, "beside": []}

    def _sized(self, name: str, label: str) -> dict[str, Any]:
        return state_table(name, self.sizes.get(label), sharing(self.circuit, self.view, name))


def _upkeep(operator: Operator) -> str:
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
    operators = (o for o in circuit.outputs[label].reached() if not isinstance(o, Table))
    return {shelf.name for operator in operators for shelf in operator.shelves} - own


def sharing(circuit: Circuit, view: RowView, space: str) -> list[str]:
    """The other views that use a space."""
    return sorted(
        name
        for name, output in circuit.outputs.items()
        if name != view.name
        and any(shelf.name == space for each in output.reached() for shelf in each.shelves)
    )


def _of_view(reader: Reader, circuit: Circuit, view: RowView) -> dict[str, Any]:
    rows, outbox = view_spaces(view.name)
    names = sorted(_state(circuit, view.name)) if view.name in circuit.outputs else ()
    return view_storage(
        size_of(reader, rows),
        size_of(reader, outbox),
        [
            {
                "operator": name.partition(" ")[0],
                **state_table(name, size_of(reader, name), sharing(circuit, view, name)),
            }
            for name in names
        ],
    )
