"""A process that works on a pipeline's state: locks the state, answers requests, opens the
pipeline, and runs it until stopped."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from materializers.builds.rebuild import REBUILD_FOLDER
from materializers.control.reception import Reception
from materializers.control.state_lock import MATERIALIZE, state_lock
from materializers.hand_over.hand_over import FOLDER
from materializers.pipeline import Pipeline
from materializers.progress import OnProgress
from materializers.project.project import Project


def run(
    project: Project,
    stop: threading.Event,
    on_progress: OnProgress | None = None,
    *,
    command: str = MATERIALIZE,
    take_over: bool = False,
    on_open: Callable[[Pipeline], None] = lambda pipeline: None,
    on_waiting: Callable[[str], None] = lambda doing: None,
) -> None:
    """Follow the source until `stop`. `on_open` is called once the pipeline answers requests;
    `on_waiting` with what the start waits for, each time.

    Raises StateError where another `materialize` holds the state, NotOwner where another pipeline
    owns a sink (without `take_over`), and what `Pipeline.run` raises."""
    folder = project.pipeline.state
    with state_lock(folder, command, stop.is_set) as is_held:
        if not is_held:
            return
        _remove_dead_attempts(folder)
        with closing(Reception(folder, on_waiting)) as reception:
            pipeline = Pipeline(project, take_over=take_over)
            pipeline.run(stop, reception, on_progress, lambda: on_open(pipeline))


def _remove_dead_attempts(folder: Path) -> None:
    """Remove what killed rebuilds and hand-overs have left."""
    for prefix in (REBUILD_FOLDER, FOLDER):
        for left in folder.glob(f"{prefix}*"):
            shutil.rmtree(left, ignore_errors=True)
