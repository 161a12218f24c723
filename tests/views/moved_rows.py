"""A view maintained by the row engine's operators, from its tables' changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cdc.contract.schemas import TableSchema
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.operators.delta import Weighted
from materializers.engines.rows.relations.environment import Tables
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.engines.rows.store.store import Store
from materializers.sql.plan import ViewPlan
from materializers.sql.relations.relation import Relation
from materializers.sql.types.captured import captured_type


class MovedRows:
    """One view in a state of its own. `early`: what is kept until `build`, in place of the view."""

    def __init__(
        self, plan: ViewPlan, schemas: Mapping[str, TableSchema], early: Relation | None = None
    ) -> None:
        self._root = plan.root
        self.circuit = Circuit(Store.open(Path(":memory:")))
        for table, needed in plan.needs.items():
            schema = schemas[table]
            stored = [c for c in schema.columns if c.name in needed or c.name in schema.key]
            kinds = [(c.name, captured_type(c)) for c in stored]
            self.circuit.add_table(table, kinds, schema.key)
        self.circuit.add_view(*(("view", plan.root) if early is None else ("early", early)))
        self._write = RowBytes([column.type for column in plan.root.columns]).write
        self._rows: dict[bytes, tuple[Row, int]] = {}
        self._tables: dict[str, dict[Row, Row]] = {}

    def rows(self, tables: Tables) -> list[Row]:
        """The view's rows after its tables have become these."""
        self._take(self.circuit.move(dict(self._changes(tables))).changes.get("view", ()))
        return [row for row, weight in self._rows.values() for _ in range(weight)]

    def build(self) -> None:
        """Keep the view from here on, over the tables as they are."""
        self.circuit.add_view("view", self._root)
        self.circuit.build()
        self._take(self.circuit.roots["view"].whole())

    def _take(self, delta: Iterable[Weighted]) -> None:
        for row, weight in delta:
            data = self._write(row)
            total = weight + self._rows.pop(data, (row, 0))[1]
            if total:
                self._rows[data] = row, total
        assert all(weight > 0 for _, weight in self._rows.values()), "a row goes twice"

    def _changes(self, tables: Tables) -> Iterator[tuple[str, Any]]:
        for name, table in self.circuit.tables.items():
            now = {
                tuple(row[c] for c in table.primary_key): tuple(row[c] for c in table.names)
                for row in tables[name]
            }
            before = self._tables.get(name, {})
            self._tables[name] = now
            gone = [(key, None) for key in before if key not in now]
            came = [(k, row) for k, row in now.items() if repr(before.get(k)) != repr(row)]
            if gone or came:
                yield name, [*gone, *came]
