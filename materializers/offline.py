"""What other commands do themselves where no `materialize` process owns the state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from cdc.contract.schemas import TableSchema
from materializers.deliver import Delivery, Phase
from materializers.errors import MissingTopic, SinkError
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


def explain(
    project: Project, view: str, of_source: Callable[[], Mapping[str, TableSchema]]
) -> dict[str, Any]:
    """The plan of a view, from the state where it is kept, else from its file, over the tables as
    captured, and before a first capture as `of_source` tells them."""
    pipeline = Materialize(project)
    try:
        if pipeline.engine.cut is None and not pipeline.engine.views:
            return pipeline.explain(view, _schemas(pipeline) or of_source())
        pipeline.declare()
        return pipeline.explain(view)
    finally:
        pipeline.close()


def _schemas(pipeline: Materialize) -> Mapping[str, TableSchema]:
    try:
        return pipeline.schemas()
    except MissingTopic:
        return {}


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
