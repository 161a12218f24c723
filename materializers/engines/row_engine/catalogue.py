"""The views of a state, the tables that they read, and the operators that maintain them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from cdc.contract.schemas import TableSchema
from materializers.engines.planned_view import tables_of
from materializers.engines.refused_state import other_version
from materializers.engines.revision import Replanning
from materializers.engines.row_engine.decoding import Decoding
from materializers.engines.row_engine.entries import (
    META,
    read_layouts,
    read_plan,
    read_schemas,
    read_views,
)
from materializers.engines.row_engine.layout import Layout
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.row_engine.state_file import whole_entries
from materializers.engines.rows.meaning import Meanings
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.store.store import Store
from materializers.engines.view_catalogue import ViewCatalogue
from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.plan import ViewPlan

Layouts = Mapping[str, Layout]


class Catalogue(ViewCatalogue[RowView]):
    """`schemas`: the last known schema of every table."""

    def __init__(self, store: Store, functions: FunctionCatalogue, own: Meanings) -> None:
        """Read the state's catalogue. Raises StateError where a view is planned otherwise now."""
        self._store, self._own = store, own
        self._shown: tuple[dict[str, RowView], Mapping[str, Layout]] = {}, {}
        self.functions = functions
        plan = partial(RowView.of, functions=functions)
        self.replanning, meta = Replanning(functions, plan), store.space(META)
        with whole_entries(store.path):
            stored, schemas, layouts = read_views(meta), read_schemas(meta), read_layouts(meta)
        super().__init__(stored, schemas, plan, plan)
        for label, view in self.views.items():
            if view.is_built and read_plan(meta, label) != view.meaning:
                raise other_version(store.path)
        self._shown = self.views, layouts
        self._circuit: Circuit | None = None
        self._readers_circuit: tuple[object, Circuit | None] = None, None
        self._decodings: dict[str, Decoding] = {}

    @property
    def circuit(self) -> Circuit:
        """The operators of all maintained views, for the writing thread; created on first use."""
        if self._circuit is None:
            self._circuit = self.assembled(self.views, self.layouts)
        return self._circuit

    @property
    def views(self) -> dict[str, RowView]:
        """By label, as last committed."""
        return self._shown[0]

    @views.setter
    def views(self, views: dict[str, RowView]) -> None:
        self._shown = views, self._shown[1]

    @property
    def layouts(self) -> Layouts:
        """By table the layout of its stored rows; the tables are those that some view reads."""
        return self._shown[1]

    def snapshot(self) -> tuple[Circuit, Mapping[str, RowView], Layouts]:
        """Operators, views and layouts as of one moment, for any thread. The operators are copies
        for reading; batches do not run them."""
        views, layouts = self._shown
        plans = [(label, view.plan) for label, view in views.items() if view.is_maintained]
        asked = layouts, plans
        known, circuit = self._readers_circuit
        if circuit is None or not _is_same(known, asked):
            circuit = self.assembled(views, layouts)
            self._readers_circuit = asked, circuit
        return circuit, views, layouts

    def assembled(self, views: Mapping[str, RowView], layouts: Layouts) -> Circuit:
        """The operators of the maintained views among these, over tables with these layouts, as of
        the last batch. Raises Unsupported."""
        circuit = Circuit(self._store, self._own)
        for table, layout in layouts.items():
            circuit.add_table(table, layout.kinds, layout.key)
            circuit.tables[table].is_built = True
        for label, view in views.items():
            if view.is_maintained:
                circuit.add_output(label, view.plan.root, view.schema.key)
                circuit.is_there(label)
        return circuit

    def show_all(
        self, views: Mapping[str, RowView], layouts: Layouts, circuit: Circuit | None = None
    ) -> None:
        """Show readers these views and layouts, which were committed."""
        self._circuit = circuit
        self._shown = dict(views), dict(layouts)
        self._decodings, self.newest = {}, {}

    def reassemble(self) -> None:
        """Discard the operators, after a batch that failed."""
        self._circuit = None

    def decoding(self, table: str, schema: TableSchema, layout: Layout) -> Decoding:
        """The decoder of a table's records."""
        if self.schemas.get(table) is not schema or self.layouts.get(table) is not layout:
            return Decoding(schema, layout)
        if table not in self._decodings:
            self._decodings[table] = Decoding(schema, layout)
        return self._decodings[table]


def _is_same(known: object, asked: tuple[Layouts, list[tuple[str, ViewPlan]]]) -> bool:
    """Whether the known operators have these layouts and plans."""
    if not isinstance(known, tuple) or known[0] is not asked[0]:
        return False
    pairs = list(zip(known[1], asked[1], strict=False))
    is_as_long = len(pairs) == len(known[1]) == len(asked[1])
    return is_as_long and all(a[0] == b[0] and a[1] is b[1] for a, b in pairs)


def spaces_of(views: Iterable[RowView], circuit: Circuit) -> set[str]:
    """The spaces in use: those of the operators and of the views."""
    own = {space for view in views if view.is_built for space in view_spaces(view.name)}
    return {META, *circuit.spaces, *own}


def view_spaces(label: str) -> tuple[str, str]:
    """The names of the spaces of a view's rows and of its outbox."""
    return f"rows {label}", f"outbox {label}"


def needed_layouts(views: Iterable[RowView], layouts: Layouts) -> dict[str, Layout]:
    """The layouts of the tables that some view reads."""
    needed = tables_of(views)
    return {table: layout for table, layout in layouts.items() if table in needed}
