"""The checks of `rederive check`: source and broker first, then views, then sinks."""

from __future__ import annotations

from collections.abc import Iterator

from cdc.check import Check
from cdc.preflight import preflight
from materializers.project import Project


def all_checks(project: Project) -> Iterator[Check]:
    """One check at a time, so that slow ones can be shown as they come. Changes nothing."""
    views, sinks = len(project.views), len(project.sink_definitions)
    yield Check("project", True, f"{project.folder}: {views} views, {sinks} sinks")
    yield from preflight(project.source, project.kafka)
