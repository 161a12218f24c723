"""What commands do themselves while no `materialize` process holds the state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing
from typing import Any

from cdc.contract.schemas import TableSchema
from materializers import process
from materializers.builds.rebuild import RebuildProgress, Rebuilt
from materializers.control.state_lock import state_lock
from materializers.difference import Allowance
from materializers.errors import MissingTopic
from materializers.pipeline import Pipeline
from materializers.project.project import Project


def rebuild(
    project: Project,
    view: str,
    on_progress: Callable[[RebuildProgress], None],
    allowance: Allowance,
) -> Rebuilt:
    """Rebuild a view and switch, then stop; see `Pipeline.rebuild`."""
    stop = threading.Event()
    result: Future[Rebuilt] = Future()
    worker: list[threading.Thread] = []

    def begin(pipeline: Pipeline) -> None:
        def work() -> None:
            try:
                definition = pipeline.known_view(view)
                result.set_result(pipeline.rebuild(definition, on_progress, allowance=allowance))
            except Exception as error:  # raised in the caller's thread below
                result.set_exception(error)
            finally:
                stop.set()

        worker.append(threading.Thread(target=work, name="rebuild", daemon=True))
        worker[0].start()

    process.run(project, stop, command="rebuild", on_open=begin)
    for thread in worker:
        thread.join()
    return result.result()


def explain(
    project: Project, view: str, of_source: Callable[[], Mapping[str, TableSchema]]
) -> dict[str, Any]:
    """The plan of a view: from the state if it has the view; else from its file, with the tables as
    captured, or before a first capture as `of_source` returns them."""
    with (
        state_lock(project.pipeline.state, "explain"),
        closing(Pipeline(project)) as pipeline,
    ):
        if pipeline.engine.cut is None and not pipeline.engine.views:
            return pipeline.explain(view, _schemas(pipeline) or of_source())
        pipeline.declare()
        return pipeline.explain(view)


def _schemas(pipeline: Pipeline) -> Mapping[str, TableSchema]:
    try:
        return pipeline.schemas()
    except MissingTopic:
        return {}
