"""What other commands do themselves where no `materialize` process owns the state."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from materializers.deliver import Delivery, Phase
from materializers.errors import SinkError
from materializers.materialize import Materialize
from materializers.project import Project
from materializers.rebuild import RebuildProgress
from materializers.tail import read_newest_cut


def rebuild(
    project: Project, view: str, on_progress: Callable[[RebuildProgress], None]
) -> int | None:
    """Rebuild and switch a view, then stop; returns rows that differed from the live view."""
    pipeline, stop = Materialize(project), threading.Event()
    result: Future[int | None] = Future()

    def work() -> None:
        try:
            result.set_result(pipeline.rebuild(pipeline.known_view(view), on_progress))
        except Exception as error:  # raised in the caller's thread below
            result.set_exception(error)
        finally:
            stop.set()

    worker = threading.Thread(target=work, name="rebuild", daemon=True)
    pipeline.run(stop, on_open=worker.start)
    worker.join()
    return result.result()


def status(project: Project) -> dict[str, Any]:
    """As the running process would tell it, with each sink asked for its own cut."""
    pipeline = Materialize(project)
    try:
        deliveries = [pipeline.delivery(definition) for definition in project.sink_definitions]
        for delivery in deliveries:
            _ask_sink(pipeline, delivery)
        newest = read_newest_cut(project.kafka, project.source.name)
        told = pipeline.status_of(deliveries, newest)
        return {**told, "storage": pipeline.storage(), "is_running": False, "kafka": None}
    finally:
        pipeline.close()


def explain(project: Project, view: str) -> dict[str, Any]:
    """The plan of a view, from the state where it is kept, else from its file."""
    pipeline = Materialize(project)
    try:
        pipeline.declare()
        return pipeline.explain(view)
    finally:
        pipeline.close()


def _ask_sink(pipeline: Materialize, delivery: Delivery) -> None:
    schema = pipeline.schema_of(delivery.definition.view)
    if schema is None:
        return
    try:
        sink = delivery.open_sink(schema)
        try:
            live = [g for g in sink.generations().values() if g.is_live]
        finally:
            sink.close()
    except SinkError as error:
        delivery.status.phase, delivery.status.error = Phase.STOPPED, str(error)
        return
    for generation in live:
        delivery.status.generation, delivery.status.version = generation.number, generation.version
        delivery.status.cut, delivery.status.phase = generation.cut, Phase.IDLE
