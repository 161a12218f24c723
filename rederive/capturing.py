"""Runs capture for a project, and answers other commands meanwhile."""

from __future__ import annotations

import threading

from cdc.capture import Capture, OnProgress
from cdc.commands import Commands
from materializers.project.project import Project
from rederive.listening import listening


def run(
    project: Project,
    commands: Commands,
    stop: threading.Event,
    on_progress: OnProgress | None = None,
    *,
    resnapshot: bool = False,
    take_over: bool = False,
    wait: bool = True,
) -> None:
    """Capture until `stop`. Raises as `cdc.capture.Capture.run` does."""
    with listening(project.pipeline.state, commands):
        Capture(project.source, project.kafka, commands=commands).run(
            stop, on_progress, resnapshot=resnapshot, take_over=take_over, wait=wait
        )
