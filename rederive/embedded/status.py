"""How a project's pipeline is."""

from __future__ import annotations

from pathlib import Path

from materializers.project.project import Project
from rederive.embedded.running import opened
from rederive.status.gather import LAG_MAX_S, gather
from rederive.status.record import Status


def status_of(project: Project | Path | str, *, lag_max_s: float = LAG_MAX_S) -> Status:
    """What `rederive status` says: both processes, wherever they run, the source, Kafka and each
    sink are asked at once, for some seconds at most. A sink whose readers see what is older than
    `lag_max_s` is degraded. Nothing that is away raises; ConfigError where the project has
    faults."""
    return gather(opened(project), lag_max_s=lag_max_s)
