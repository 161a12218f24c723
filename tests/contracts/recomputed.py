"""A view worked out anew from the records of its tables: what every engine must show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from materializers.engines.engine import Engine
from materializers.engines.planned_view import PlannedView
from materializers.engines.rows.arrow import ArrowRows
from materializers.engines.rows.records import Records
from materializers.engines.rows.relations.evaluated import evaluation
from materializers.engines.rows.values import Value
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import plan_view
from materializers.sql.types.captured import captured_type
from tests.views.answers import difference, frozen
from tests.views.feed import Feed


def shown_rows(engine: Engine, view: str) -> Counter[Any]:
    """The view's rows in full, at its cut."""
    return frozen_rows(engine, view, engine.full(view).upserts)


def frozen_rows(engine: Engine, view: str, batches: Iterable[pa.RecordBatch]) -> Counter[Any]:
    """Rows of the view, each value as something that can be compared and counted."""
    types = {c.name: c.type_name for c in engine.views[view].schema.columns}
    return Counter(
        tuple(frozen(value, types[name]) for name, value in row.items())
        for batch in batches
        for row in batch.to_pylist()
    )


def recomputed_rows(engine: Engine, view: str, feed: Feed) -> Counter[Any]:
    """The view's rows by its SQL over the tables as the feed has left them. Raises
    EvaluationError."""
    kept = engine.views[view]
    assert isinstance(kept, PlannedView)
    stored = kept.stored
    is_wide = stored.is_wide
    plan = plan_view(stored.definition, feed.schemas, stored.key, BUILT_IN, is_wide=is_wide)
    tables = {table: _table(feed, table, columns) for table, columns in plan.needs.items()}
    rows = evaluation(plan.root)(tables)
    return frozen_rows(engine, view, ArrowRows(plan.root.columns).batches(rows))


def _table(feed: Feed, table: str, names: Iterable[str]) -> list[Mapping[str, Value]]:
    schema, held = feed.schemas[table], feed.held[table]
    wanted = {*names, *schema.key}
    kinds = [(c.name, captured_type(c)) for c in schema.columns if c.name in wanted]
    found = Records(kinds, schema.key).read(list(held), list(held.values()))
    columns = [name for name, _ in kinds]
    return [dict(zip(columns, row, strict=True)) for _, row in found if row is not None]


def check(engine: Engine, feed: Feed) -> None:
    """Every view that batches move shows what its SQL says."""
    for name, view in engine.views.items():
        if view.is_built and view.failure is None:
            expected = recomputed_rows(engine, name, feed)
            assert not (d := difference(expected, shown_rows(engine, name))), f"{name}: {d}"
