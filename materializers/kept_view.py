"""A view as the engine keeps it: its plan, its tables in the state, how it fares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import duckdb

from cdc.contract.schemas import TableSchema
from materializers.errors import ViewError
from materializers.operators.operator import Operator, Side
from materializers.operators.run import Run
from materializers.outbox import Outbox
from materializers.plan.plan import Plan, make_plan
from materializers.state import StoredView, write_view
from materializers.view import ViewDefinition, ViewSchema


@dataclass(slots=True)
class KeptView:
    """`failure`: why the view stopped, None while it is kept."""

    stored: StoredView
    plan: Plan
    outbox: Outbox

    @classmethod
    def of(cls, stored: StoredView) -> KeptView:
        """Plan a stored view; raises ViewError."""
        definition = stored.definition
        prefix = f"{definition.name}.{stored.generation}"
        plan = make_plan(definition, stored.schemas, stored.key, prefix)
        return cls(stored, plan, Outbox(plan.schema, plan.root.columns))

    def is_of(self, definition: ViewDefinition) -> bool:
        """Whether that is the SQL it is kept by, the views it reads included."""
        return self.stored.definition.texts == definition.texts

    @property
    def schema(self) -> ViewSchema:
        return self.plan.schema

    @property
    def generation(self) -> int:
        return self.stored.generation

    @property
    def failure(self) -> str | None:
        return self.stored.failure

    @property
    def is_built(self) -> bool:
        return self.stored.is_built

    @property
    def rows(self) -> int:
        return self.stored.rows

    @property
    def is_kept(self) -> bool:
        """Whether batches move it: built, and not stopped."""
        return self.is_built and self.failure is None

    @property
    def name(self) -> str:
        return self.stored.definition.name

    def create(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make its tables, empty, and its entry."""
        for table, columns in self.plan.state().items():
            connection.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
        self.outbox.create(connection)
        write_view(connection, self.stored)

    def drop(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Remove its tables and its entry."""
        for table in self.plan.state():
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        self.outbox.drop(connection)
        connection.execute("DELETE FROM rederive.views WHERE name = ?", [self.name])

    def build(self, run: Run, version: int) -> StoredView:
        """Fill state and rows from the input tables in one pass, no delta machinery."""
        for operator in self.plan.operators():
            for table in operator.state():
                run.execute(f"DELETE FROM {table}")
            operator.build(run)
        root = self.plan.root.rows(Side.NEW, run)
        rows = self.outbox.build(run.connection, root)
        stored = replace(self.stored, is_built=True, rows=rows, outbox_from=version)
        write_view(run.connection, stored)
        return stored

    def move(self, run: Run, version: int) -> tuple[int, StoredView]:
        """Carry a batch's deltas to the view's rows and outbox; the number of changed rows."""
        for operator in self.plan.operators():
            run.delta_of(operator)
        delta = run.delta_of(self.plan.root)
        if delta is None:
            return 0, self.stored
        changed, growth = self.outbox.apply(run.connection, delta, version)
        if growth:
            run.connection.execute(
                "UPDATE rederive.views SET row_count = row_count + ? WHERE name = ?",
                [growth, self.name],
            )
        return changed, replace(self.stored, rows=self.stored.rows + growth)

    def broken_by(self, schemas: Mapping[str, TableSchema]) -> str | None:
        """What the source's present tables no longer give it; None where all is as planned."""
        for table, columns in self.plan.needs.items():
            planned, present = self.stored.schemas[table], schemas.get(table)
            if present is None:
                continue
            if present.key != planned.key:
                return f"view {self.name}: the primary key of {table} changed at {present.lsn}"
            here = {c.name: c for c in present.columns}
            for name in sorted(columns):
                old = planned.column(name)
                if name not in here:
                    return f"view {self.name}: column {table}.{name} was dropped at {present.lsn}"
                if (here[name].type_name, here[name].typmod) != (old.type_name, old.typmod):
                    return (
                        f"view {self.name}: column {table}.{name} changed from {old.type_name}"
                        f" to {here[name].type_name} at {present.lsn}"
                    )
        return None

    def operators(self) -> list[Operator]:
        return list(self.plan.operators())


def tables_of(views: Iterable[KeptView]) -> set[str]:
    """The tables that some view reads, stopped views left out."""
    return {table for view in views if not view.failure for table in view.plan.needs}


class BrokenView(Exception):
    """A view whose upkeep failed in a batch: the batch is repeated without it."""

    def __init__(self, view: str, reason: str) -> None:
        super().__init__(reason)
        self.view = view
        self.reason = reason


def reason_of(error: Exception) -> str:
    """An error of a view's SQL in one line."""
    if isinstance(error, ViewError):
        return f"{error.message} Fix: {error.fix}" if error.fix else error.message
    first = str(error).splitlines()[0]
    for prefix in ("Invalid Input Error: ", "Conversion Error: ", "Out of Range Error: "):
        first = first.removeprefix(prefix)
    return first
