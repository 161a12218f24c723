"""Which views a state keeps, the tables they read, and the operators that move them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from cdc.contract.schemas import TableSchema
from materializers.engines.planned_view import tables_of
from materializers.engines.revision import Replanning
from materializers.engines.row_engine.decoding import Decoding
from materializers.engines.row_engine.entries import META, read_layouts, read_schemas, read_views
from materializers.engines.row_engine.layout import Layout
from materializers.engines.row_engine.newest import NewestChange
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.rows.meaning import Meanings
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.store.store import Store
from materializers.engines.view_catalogue import ViewCatalogue
from materializers.sql.catalogue import FunctionCatalogue

Layouts = Mapping[str, Layout]


class Catalogue(ViewCatalogue[RowView]):
    """`schemas`: every table as last seen; `layouts`: by table how its rows are stored. `newest`:
    what changed last in views."""

    def __init__(self, store: Store, functions: FunctionCatalogue, own: Meanings) -> None:
        """Read it from the state."""
        self._store, self._own = store, own
        self.functions = functions
        self.replanning = Replanning(functions, partial(RowView.of, functions=functions))
        meta = store.space(META)
        self.schemas: dict[str, TableSchema] = read_schemas(meta)
        self.layouts: dict[str, Layout] = read_layouts(meta)
        super().__init__(
            {label: RowView.of(view, functions) for label, view in read_views(meta).items()}
        )
        self._circuit: Circuit | None = None
        self._decodings: dict[str, Decoding] = {}
        self.newest: dict[str, NewestChange] = {}

    @property
    def circuit(self) -> Circuit:
        """The operators of all views that batches move; made when they are first asked for."""
        if self._circuit is None:
            self._circuit = self.assembled(self.views, self.layouts)
        return self._circuit

    def assembled(self, views: Mapping[str, RowView], layouts: Layouts) -> Circuit:
        """Operators over tables that are stored so, with those of the views that batches move, as
        the last batch left them. Raises Unsupported."""
        circuit = Circuit(self._store, self._own)
        for table, layout in layouts.items():
            circuit.add_table(table, layout.kinds, layout.key)
            circuit.tables[table].is_built = True
        for label, view in views.items():
            if view.is_kept:
                circuit.add_output(label, view.plan.root, view.schema.key)
                circuit.is_there(label)
        return circuit

    def show_all(
        self, views: Mapping[str, RowView], layouts: Layouts, circuit: Circuit | None = None
    ) -> None:
        """What was committed: these views over tables that are stored so."""
        self._circuit = circuit
        self.views, self.layouts = dict(views), dict(layouts)
        self._decodings, self.newest = {}, {}

    def show(self, view: RowView) -> None:
        """Let readers see a view that was made, in place of the one of that label."""
        self.newest.pop(view.name, None)
        super().show(view)

    def reassemble(self) -> None:
        """Make the operators anew, where a batch was given up."""
        self._circuit = None

    def decoding(self, table: str, schema: TableSchema, layout: Layout) -> Decoding:
        """What reads the records of a table."""
        if self.schemas.get(table) is not schema or self.layouts.get(table) is not layout:
            return Decoding(schema, layout)
        if table not in self._decodings:
            self._decodings[table] = Decoding(schema, layout)
        return self._decodings[table]


def spaces_of(views: Iterable[RowView], circuit: Circuit) -> set[str]:
    """The spaces that are in use: those of operators, and the views' own."""
    own = {space for view in views if view.is_built for space in view_spaces(view.name)}
    return {META, *circuit.spaces, *own}


def view_spaces(label: str) -> tuple[str, str]:
    """Where a view's rows and its outbox are kept."""
    return f"rows {label}", f"outbox {label}"


def needed_layouts(views: Iterable[RowView], layouts: Layouts) -> dict[str, Layout]:
    """Those of tables that some view reads."""
    needed = tables_of(views)
    return {table: layout for table, layout in layouts.items() if table in needed}
