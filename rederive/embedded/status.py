"""The status of a project's pipeline."""

from __future__ import annotations

from pathlib import Path

from materializers.project.project import Project
from rederive.embedded.running import opened
from rederive.status.gather import LAG_MAX_S, gather
from rederive.status.record import Status


def status_of(project: Project | Path | str, *, lag_max_s: float = LAG_MAX_S) -> Status:
    """What `rederive status` shows. Asks both processes, wherever they run, the source, Kafka and
    each sink at once, for a few seconds at most. A sink is degraded where its readers see data
    older than `lag_max_s`. A part that is away raises nothing; ConfigError where the project has
    faults."""
    return gather(opened(project), lag_max_s=lag_max_s)
