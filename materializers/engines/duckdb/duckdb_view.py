"""A view of the DuckDB engine: its plan, its tables in the state, and its errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace

import duckdb

from materializers.engines.duckdb.operators.operator import Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.outbox import VERSION, Outbox, outbox_table, view_table
from materializers.engines.duckdb.plan import Plan, Planning, make_plan
from materializers.engines.duckdb.state import write_view
from materializers.engines.planned_view import PlannedView
from materializers.engines.stored_view import StoredView
from materializers.errors import ViewError
from materializers.sql.types.expression import quote
from materializers.sql.types.sql_type import DIGITS_MAX
from materializers.view import ViewSchema

_NOTE_MAX = 120
_WIDTHS = {"INT16": "smallint", "INT32": "integer", "INT64": "bigint"}


@dataclass(slots=True)
class DuckDBView(PlannedView):
    """A planned view with its tables in the state."""

    plan: Plan
    outbox: Outbox

    @classmethod
    def of(cls, stored: StoredView, planning: Planning) -> DuckDBView:
        """Plan a stored view. Raises ViewError."""
        definition, is_wide = stored.definition, stored.is_wide
        plan = make_plan(definition, stored.schemas, stored.key, planning, is_wide=is_wide)
        return cls(stored, plan, Outbox(plan.schema, plan.root.columns, stored.label))

    @property
    def schema(self) -> ViewSchema:
        return self.plan.schema

    @property
    def needs(self) -> Mapping[str, frozenset[str]]:
        return self.plan.needs

    def create(self, connection: duckdb.DuckDBPyConnection, live: Set[str]) -> None:
        """Create its tables, empty, and its entry. `live`: state tables that other views maintain;
        they are left as they are."""
        for table, columns in self.plan.state().items():
            if table not in live:
                connection.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
        self.outbox.create(connection)
        write_view(connection, self.stored)

    def drop(self, connection: duckdb.DuckDBPyConnection, others: Iterable[DuckDBView]) -> None:
        """Remove its entry and its tables, except those that the others use."""
        for table in self.plan.state().keys() - state_of(others):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        self.outbox.drop(connection)
        connection.execute("DELETE FROM rederive.views WHERE name = ?", [self.name])

    def promote(self, connection: duckdb.DuckDBPyConnection) -> DuckDBView:
        """Rename a build beside the live one to the view's own name, which must be free."""
        stored = replace(self.stored, is_next=False)
        outbox = Outbox(self.plan.schema, self.plan.root.columns, stored.label)
        for table in (view_table, outbox_table):
            name = quote(stored.label)
            connection.execute(f"ALTER TABLE {table(self.name)} RENAME TO {name}")
        connection.execute("DELETE FROM rederive.views WHERE name = ?", [self.name])
        write_view(connection, stored)
        return DuckDBView(stored, self.plan, outbox)

    def build(self, run: Run, version: int, live: Set[str]) -> StoredView:
        """Fill state and rows from the input tables in one pass, without deltas. `live`: state
        tables that other views maintain; they are as of the end of the batch already."""
        for operator in self.plan.operators():
            if operator.state().keys() & live:
                continue
            for table in operator.state():
                run.execute(f"DELETE FROM {table}")
            operator.fill(run)
            if run.checks_nulls:
                operator.refuse_nulls(run, f"({operator.rows(Side.NEW, run)})")
        root = self.plan.root.rows(Side.NEW, run)
        rows = self.outbox.build(run.connection, root)
        stored = replace(self.stored, is_built=True, rows=rows, outbox_from=version)
        write_view(run.connection, stored)
        return stored

    def move(self, run: Run, version: int) -> tuple[int, StoredView]:
        """Apply a batch's deltas to the view's rows and outbox; returns the number of changed rows
        too."""
        for operator in self.plan.operators():
            operator.changes(run)
        delta = self.plan.root.changes(run)
        if delta is None:
            return 0, self.stored
        changed, growth = self.outbox.apply(run.connection, delta, version)
        if growth:
            run.connection.execute(
                "UPDATE rederive.views SET row_count = row_count + ? WHERE name = ?",
                [growth, self.name],
            )
        return changed, replace(self.stored, rows=self.stored.rows + growth)

    def trim(self, connection: duckdb.DuckDBPyConnection, version: int) -> StoredView:
        """Remove the changes up to that version."""
        connection.execute(f"DELETE FROM {outbox_table(self.name)} WHERE {VERSION} <= {version}")
        start = max(self.stored.outbox_from, version)
        connection.execute(
            "UPDATE rederive.views SET outbox_from = ? WHERE name = ?", [start, self.name]
        )
        return replace(self.stored, outbox_from=start)

    def operators(self) -> list[Operator]:
        return list(self.plan.operators())


def state_of(views: Iterable[DuckDBView]) -> set[str]:
    """The state tables of these views."""
    return {table for view in views for table in view.plan.state()}


def live_state(views: Iterable[DuckDBView]) -> set[str]:
    """The state tables that batches maintain: not those that only stopped views use."""
    return state_of(view for view in views if view.is_maintained)


class BrokenView(Exception):
    """A view failed in a batch, which is repeated without it."""

    def __init__(self, view: str, reason: str, *, is_outgrown: bool = False) -> None:
        """`is_outgrown`: a number has more digits than narrow numerics have."""
        super().__init__(reason)
        self.view = view
        self.reason = reason
        self.is_outgrown = is_outgrown


_NAN = 'string "NaN" to DECIMAL'
_NAN_FIX = "leave the column out, or declare it without precision"
_OUTGROWN = ("INT128", "HUGEINT", "DECIMAL", "numeric quotient", "numeric product", "a variance of")


_FAULTS = (duckdb.BinderException, duckdb.ParserException, duckdb.InternalException)
"""What no value of a row can cause."""


def is_outgrown(error: Exception) -> bool:
    """Whether a number has more digits than narrow numerics have."""
    first = str(error).splitlines()[0] if str(error) else ""
    return isinstance(error, duckdb.Error) and any(words in first for words in _OUTGROWN)


def reason_of(error: Exception) -> str:
    """An error of a view's SQL in one line."""
    if isinstance(error, ViewError):
        return f"{error.message} Fix: {error.fix}" if error.fix else error.message
    first = str(error).splitlines()[0]
    if isinstance(error, _FAULTS):
        return f"a fault of the engine: report it with the SQL of the view (in: {first})"
    for prefix in ("Invalid Input Error: ", "Conversion Error: ", "Out of Range Error: "):
        first = first.removeprefix(prefix)
    first = _in_words(first)
    where = [note if len(note) <= _NOTE_MAX else f"{note[:_NOTE_MAX]}…" for note in notes_of(error)]
    return f"{first} (in: {where[0]})" if where else first


def _in_words(message: str) -> str:
    """DuckDB's message of a number that does not fit, in PostgreSQL's words, with a fix."""
    if _NAN in message:
        return f"NaN in a numeric of declared precision: {_NAN_FIX}"
    if not message.startswith("Overflow in"):
        return message
    kinds = [name for width, name in _WIDTHS.items() if re.search(rf"\b{width}\b", message)]
    if kinds:
        return f"{kinds[0]} out of range: cast an operand to a wider type"
    if "HUGEINT" not in message and "DECIMAL" not in message:
        return message
    outgrown = f"a number has more than the {DIGITS_MAX} digits that are stored"
    return f"{outgrown}: cast to double precision, or to numeric(p,s) with fewer decimals"


def notes_of(error: BaseException) -> list[str]:
    """The operator that raised an error, if known."""
    return list(getattr(error, "__notes__", ()))
