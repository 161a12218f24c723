"""The status of a pipeline: where every view and every sink stands."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from cdc.contract.cut import Cut
from materializers.delivery.delivery import Delivery
from materializers.engines.view_reader import ViewReader
from materializers.project.project import Project


def status(
    project: Project,
    engine: ViewReader,
    deliveries: Iterable[Delivery],
    newest: Cut | None,
    changes: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, Any]:
    """The pipeline's cut and lag, and an entry for each sink of each view.

    `lag_s`: seconds since the newest cut was published, 0 where pipeline or sink has reached it.
    `changes`: by view, the number of rows inserted or deleted.
    """
    cut = engine.cut
    views = [_sink_status(engine, delivery, newest) for delivery in deliveries]
    return {
        "project": str(project.folder),
        "cut": str(cut.lsn) if cut else None,
        "newest": str(newest.lsn) if newest else None,
        "lag_s": _lag_s(cut.version if cut else -1, newest),
        "views": [{**each, "changes": changes.get(each["view"], 0)} for each in views],
    }


def _sink_status(engine: ViewReader, delivery: Delivery, newest: Cut | None) -> dict[str, Any]:
    definition, its = delivery.definition, delivery.status
    stored = engine.views.get(definition.view)
    return {
        "view": definition.view,
        "sink": definition.name,
        "connection": definition.connection,
        "generation": its.generation,
        "phase": "stopped" if stored and stored.failure else its.phase.value,
        "rows": stored.rows if stored else 0,
        "rows_loaded": its.rows_loaded,
        "dead_letters": delivery.dead_letters(),
        "cut": str(Cut.from_json(its.cut).lsn) if its.cut else None,
        "version": its.version,
        "visible": its.visible,
        "lag_s": _lag_s(its.version, newest),
        "outbox_changes": engine.changes_waiting(definition.view)
        if stored and stored.is_built
        else 0,
        "failures": delivery.trouble.failures,
        "cuts_delivered": its.cuts_delivered,
        "loads": its.loads,
        "error": (stored.failure if stored else None) or its.error or None,
    }


def _lag_s(version: int, newest: Cut | None) -> float:
    if newest is None or version >= newest.version:
        return 0.0
    return round(max(0.0, time.time() - newest.published_at_ms / 1000), 3)
