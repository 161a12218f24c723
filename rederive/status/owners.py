"""The owner of each sink, from its control record: which pipeline, where, last sign of life."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

from materializers.project.project import Project
from materializers.sinks.owner import Owner
from rederive.status.facts import Facts


def owner_entry(owner: Owner | None) -> dict[str, Any] | None:
    """The owner as a JSON object, None for none. `silence_s`: since its last sign of life."""
    if owner is None:
        return None
    writer = owner.writer
    return {
        "pipeline": writer.pipeline, "host": writer.host, "state": writer.folder,
        "pid": writer.pid, "epoch": owner.epoch, "has_ended": owner.has_ended,
        "silence_s": round(max(0.0, owner.silence_s), 1),
    }  # fmt: skip


def foreign_sinks(facts: Facts) -> Iterator[str]:
    """A line for each sink that another state than this project's writes."""
    for name, sink in facts.sinks.items():
        if sink.owner is not None and not _is_here(sink.owner, facts.project):
            yield f"Sink {name} belongs to {sink.owner}"


def _is_here(owner: Owner, project: Project) -> bool:
    folder = str(project.pipeline.state.resolve())
    return (owner.writer.host, owner.writer.folder) == (socket.gethostname(), folder)
