"""Adopts a view from another state at the same cut, and compares the two builds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.difference import FLOAT_DIGITS, KEYS_SHOWN_MAX, Difference, key_text
from materializers.engines.position import Position
from materializers.engines.row_engine.catalogue import Catalogue, Layouts, view_spaces
from materializers.engines.row_engine.entries import (
    META,
    is_of_this_version,
    read_layouts,
    read_position,
    read_schemas,
    read_view,
)
from materializers.engines.row_engine.layout import Layout
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.row_engine.state_file import state_errors
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.operators.table import Table
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.space import Space
from materializers.engines.rows.store.store import Store
from materializers.errors import StateError
from materializers.sql.catalogue import FunctionCatalogue


@dataclass(frozen=True, slots=True)
class OtherState:
    """Another, closed state, opened to be read. It is at the cut of the state that reads it."""

    path: Path
    store: Store

    @classmethod
    @contextmanager
    def opened(cls, path: Path, at: Position | None) -> Iterator[OtherState]:
        """Open it. `at`: the reading state's position, None without a cut. Raises StateError unless
        both are at one cut."""
        with state_errors(path, "Reading a rebuilt state"):
            store = Store.open(path)
        try:
            if not is_of_this_version(store.space(META)):
                raise StateError(f"The state file {path} was written by another version.")
            if at is not None:
                _refuse_other_cut(store, path, at.cut)
            yield cls(path, store)
        finally:
            store.close()

    @property
    def position(self) -> Position:
        """Its position."""
        return read_position(self.store.space(META))

    @property
    def schemas(self) -> dict[str, TableSchema]:
        """Its last known schema of every table."""
        return read_schemas(self.store.space(META))

    def view(self, view: str, functions: FunctionCatalogue) -> RowView:
        """The view, planned from its entry there; raises StateError where it is not built."""
        stored = read_view(self.store.space(META), view)
        if stored is None or not stored.is_built or stored.failure is not None:
            raise StateError(f"The state file {self.path} has no finished build of view {view}.")
        return RowView.of(stored, functions)

    def copy(self, store: Store, view: RowView, catalogue: Catalogue, there: Circuit) -> Layouts:
        """Copy a view's tables and operator state to `store`, except what is `there`, in the
        caller's transaction; returns the layouts of all tables after it. State that other views
        maintain there is the same, because both are at one cut."""
        theirs = read_layouts(self.store.space(META))
        layouts = {table: catalogue.layouts[table] for table in there.tables}
        for table, columns in view.needs.items():
            layouts[table] = self._copy_table(store, table, layouts.get(table), theirs, columns)
        circuit = catalogue.assembled({}, {table: theirs[table] for table in view.needs})
        output = circuit.add_output(view.name, view.plan.root, view.schema.key)
        spaces = {
            shelf.name
            for operator in output.reached()
            if not isinstance(operator, Table)
            for shelf in operator.shelves
        }
        for name in spaces - there.spaces:
            store.drop(name)
            _copy_space(self.store.space(name), store.space(name))
        return layouts

    def _copy_table(
        self,
        store: Store,
        table: str,
        mine: Layout | None,
        all_theirs: dict[str, Layout],
        columns: frozenset[str],
    ) -> Layout:
        """Copy missing columns or a missing table. Both are at one cut, so their rows are the
        same."""
        theirs, name = all_theirs[table], f"table {table}"
        if mine is None:
            store.drop(name)
            _copy_space(self.store.space(name), store.space(name))
            return theirs
        if not mine.lacking(columns):
            return mine
        joined = mine.joined(theirs)
        _widen(store.space(name), self.store.space(name), mine, theirs, joined)
        return joined


def _refuse_other_cut(store: Store, path: Path, cut: Cut | None) -> None:
    other = read_position(store.space(META))
    if cut is None or other.cut is None or not other.is_exact or other.cut.version != cut.version:
        here = cut.lsn if cut is not None else "no cut"
        there = other.cut.lsn if other.cut is not None else "no cut"
        raise StateError(f"The state file {path} is at {there}, this one at {here}.")


def _copy_space(source: Space, target: Space) -> None:
    target.put(source.scan())


def _widen(mine: Space, theirs: Space, here: Layout, there: Layout, joined: Layout) -> None:
    """Add to the rows here the columns that only the other state has."""
    read_mine, read_theirs, write = here.rows().read, there.rows().read, joined.rows().write
    names = [column.name for column in there.columns]
    places = [names.index(column.name) for column in joined.columns[len(here.columns) :]]
    entries: list[tuple[bytes, bytes]] = []
    for key, data in mine.scan():
        other = read_theirs(theirs.get([key])[key])
        entries.append((key, write((*read_mine(data), *(other[place] for place in places)))))
    mine.put(entries)


def difference(here: Store, there: Store, view: RowView) -> Difference:
    """The differences between the view's build in the other state and the one here."""
    name, _ = view_spaces(view.name)
    compared = _Compared(view)
    for key, mine, other in _paired(here.space(name), there.space(name)):
        compared.take(key, mine, other)
    return compared.difference()


def _paired(here: Space, there: Space) -> Iterator[tuple[bytes, bytes | None, bytes | None]]:
    """(key, row of one, row of the other), in key order."""
    first, second = here.scan(), there.scan()
    mine, other = next(first, None), next(second, None)
    while mine is not None or other is not None:
        key = min(pair[0] for pair in (mine, other) if pair is not None)
        row = other_row = None
        if mine is not None and mine[0] == key:
            row, mine = mine[1], next(first, None)
        if other is not None and other[0] == key:
            other_row, other = other[1], next(second, None)
        yield key, row, other_row


class _Compared:
    """Counts differing rows."""

    def __init__(self, view: RowView) -> None:
        columns = view.plan.root.columns
        self._floats = [place for place, c in enumerate(columns) if c.type.is_float]
        names = [column.name for column in columns]
        self._key, self._codec = view.schema.key, view.codec
        self._pick = [names.index(name) for name in view.schema.key]
        self._rows = 0
        self._keys: dict[str, list[str]] = {"missing": [], "extra": [], "unlike": []}
        self._counts = dict.fromkeys(self._keys, 0)

    def take(self, key: bytes, mine: bytes | None, other: bytes | None) -> None:
        self._rows += mine is not None
        if mine == other:
            return
        row = self._codec.row(mine if mine is not None else other or b"")
        kind = "extra" if mine is None else "missing" if other is None else "unlike"
        if mine is not None and other is not None:
            if self._comparable(row) == self._comparable(self._codec.row(other)):
                return
        self._counts[kind] += 1
        if len(self._keys[kind]) < KEYS_SHOWN_MAX:
            self._keys[kind].append(key_text(self._key, tuple(row[p] for p in self._pick)))

    def _comparable(self, row: Row) -> tuple[Any, ...]:
        values: list[Any] = [repr(value) for value in row]
        for place in self._floats:
            value: Any = row[place]
            values[place] = None if value is None else f"{value:.{FLOAT_DIGITS}g}"
        return tuple(values)

    def difference(self) -> Difference:
        keys = {kind: tuple(values) for kind, values in self._keys.items() if values}
        return Difference(self._rows, **self._counts, keys=keys)
