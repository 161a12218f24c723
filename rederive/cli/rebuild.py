"""`rederive rebuild`: a view from offset zero beside the live one, then the switch."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from rederive.cli.options import JsonOption, ViewArgument, known_view, project_of

if TYPE_CHECKING:
    from materializers.project import Project
    from rederive.cli.screen import Bars


def rebuild(context: typer.Context, view: ViewArgument, as_json: JsonOption = False) -> None:
    """Build a view again from offset zero beside the live one, compare them, and switch.

    Readers see the old generation until the new one has caught up.

    Example: rederive rebuild flight_search
    """
    from rederive.cli.screen import Bars, err, show_json

    project = project_of(context)
    known_view(project, view)
    began = time.monotonic()
    with Bars() as bars:
        differences = _rebuild(project, view, bars)
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        show_json({"view": view, "differences": differences, "seconds": seconds})
    else:
        unlike = "" if differences is None else f", {differences:,} rows unlike the live view's"
        err().print(f"Rebuilt {view} in {seconds} s and switched{unlike}.")


def _rebuild(project: Project, view: str, bars: Bars) -> int | None:
    from cdc.control import Control

    control = Control.connect(project.pipeline.state, "materialize")
    if control is None:
        from dataclasses import asdict

        from materializers import offline

        return offline.rebuild(project, view, lambda p: show_rebuild(bars, asdict(p)))
    differences: int | None = None
    for answer in control.stream("rebuild", view=view):
        show_rebuild(bars, answer)
        differences = answer.get("differences")
    return differences


def show_rebuild(bars: Bars, progress: Mapping[str, Any]) -> None:
    """Draw one progress message of a rebuild."""
    done, total = progress.get("rows", 0), progress.get("rows_total", 0)
    bars.show(f"rebuild {progress['view']}", progress["phase"], done, total)
