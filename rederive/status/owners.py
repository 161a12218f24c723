"""Who writes each sink, as its control record says: which pipeline, from where, and how lately."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

from materializers.project.project import Project
from materializers.sinks.owner import Owner
from rederive.status.facts import Facts


def told_owner(owner: Owner | None) -> dict[str, Any] | None:
    """As JSON knows it; `silence_s`: since its last sign of life. None where nobody has it."""
    if owner is None:
        return None
    writer = owner.writer
    return {
        "pipeline": writer.pipeline, "host": writer.host, "state": writer.folder,
        "pid": writer.pid, "epoch": owner.epoch, "has_ended": owner.has_ended,
        "silence_s": round(max(0.0, owner.silence_s), 1),
    }  # fmt: skip


def strangers(facts: Facts) -> Iterator[str]:
    """A line for each sink that is written from another state than this project's."""
    for name, found in facts.sinks.items():
        if found.owner is not None and not _is_here(found.owner, facts.project):
            yield f"Sink {name} belongs to {found.owner}"


def _is_here(owner: Owner, project: Project) -> bool:
    folder = str(project.pipeline.state.resolve())
    return (owner.writer.host, owner.writer.folder) == (socket.gethostname(), folder)
