"""Creates and removes builds of views, spaces and layouts in a state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cdc.contract.schemas import TableSchema
from materializers.engines.row_engine.catalogue import spaces_of
from materializers.engines.row_engine.entries import META, of_plan, of_view
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.rows.failure import EvaluationError, UnfitValue, Unsupported
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.operators.table import Table
from materializers.engines.rows.store.store import Store


def built(circuit: Circuit, store: Store, view: RowView, version: int) -> RowView:
    """Build the view from the tables in their current state, in the caller's transaction, and add
    its operators to the circuit. Raises EvaluationError where its rows cannot be computed: the
    caller then rolls back and discards the circuit."""
    stored_view = view

    def commit() -> None:
        nonlocal stored_view
        output = circuit.outputs[view.name]
        for _ in view.codec.batches(output.upserts.values()):
            pass  # each fits
        stored = replace(view.stored, is_built=True, rows=output.growth, outbox_from=version)
        stored_view = replace(view, stored=stored)
        store.space(META).write(of_view(stored) | of_plan(view.name, view.meaning))

    try:
        circuit.add_output(view.name, view.plan.root, view.schema.key)
        circuit.build(commit)
    except Unsupported as error:
        raise EvaluationError(str(error)) from error
    return stored_view


def is_outgrown(error: EvaluationError, view: RowView) -> bool:
    """Whether a number has more digits than its type was to have, and a plan with numerics of any
    size holds it."""
    if not isinstance(error, UnfitValue) or view.stored.is_wide:
        return False
    return (error.kind.element or error.kind).name == "numeric"


def swept(store: Store, views: Iterable[RowView], circuit: Circuit) -> None:
    """Remove unused spaces, in the caller's transaction: batches would not update them, and a later
    view must not see old rows."""
    for name in store.names() - spaces_of(views, circuit):
        store.drop(name)


def as_stored(schema: TableSchema, table: Table) -> TableSchema:
    """The schema, with a column as nullable if it has a NULL: a NOT NULL constraint may not be
    validated, or the rows may be older than it."""
    strict = {c.name for c in schema.columns if not c.nullable and c.name not in schema.key}
    places = [(place, name) for place, name in enumerate(table.names) if name in strict]
    nulls: set[str] = set()
    for row in table.new_rows() if places else ():
        nulls.update(name for place, name in places if row[place] is None)
    for name in nulls:
        schema = schema.with_null(name)
    return schema
