"""`rederive rebuild`: builds a view from offset zero beside the live one, then switches."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rederive.cli.options import JsonOption, ViewArgument, known_view, project_of

if TYPE_CHECKING:
    from cdc.control import Control
    from materializers.project.project import Project
    from rederive.cli.screen import Bars

KINDS = ("missing", "extra", "unlike")
AllowOption = Annotated[
    str,
    typer.Option(
        "--allow-difference",
        metavar="N|N%",
        help="Switch although so many rows differ from the live view's.",
    ),
]


def rebuild(
    context: typer.Context,
    view: ViewArgument,
    allow_difference: AllowOption = "0",
    as_json: JsonOption = False,
) -> None:
    """Build a view again from offset zero beside the live one, compare them, and switch.

    Readers see the old generation until the new one has caught up. Does not switch where more rows
    than --allow-difference differ from the live view's at the same cut. Compares each sink's rows
    too, and reports those that somebody has changed; the switch repairs them.

    Example: rederive rebuild flight_search
    """
    from materializers.difference import Allowance
    from rederive.cli.screen import Bars, err, show_json

    project = project_of(context)
    known_view(project, view)
    Allowance.parse(allow_difference)
    began = time.monotonic()
    with Bars() as bars:
        result = _rebuild(project, view, allow_difference, bars)
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        show_json({"view": view, **result, "seconds": seconds})
        return
    for line in _lines(result):
        err().print(line, soft_wrap=True)
    err().print(f"Rebuilt {view} in {seconds} s and switched.")


def _rebuild(project: Project, view: str, allow: str, bars: Bars) -> dict[str, Any]:
    from materializers.control.restart import awaited_control
    from materializers.errors import StateError

    control = awaited_control(project.pipeline.state)
    if control is None:
        try:
            return _rebuild_here(project, view, allow, bars)
        except StateError:
            # `materialize` may have taken the state just now, and answers.
            control = awaited_control(project.pipeline.state)
            if control is None:
                raise
    return _rebuild_there(control, view, allow, bars)


def _rebuild_here(project: Project, view: str, allow: str, bars: Bars) -> dict[str, Any]:
    from dataclasses import asdict

    from materializers import offline
    from materializers.difference import Allowance

    def show(progress: Any) -> None:
        show_rebuild(bars, asdict(progress))

    return offline.rebuild(project, view, show, Allowance.parse(allow)).as_json()


def _rebuild_there(control: Control, view: str, allow: str, bars: Bars) -> dict[str, Any]:
    last: Mapping[str, Any] = {}
    for last in control.stream("rebuild", view=view, allow_difference=allow):
        show_rebuild(bars, last)
    return {name: last.get(name) for name in ("differences", "view_difference", "sinks")}


def show_rebuild(bars: Bars, progress: Mapping[str, Any]) -> None:
    """Show one progress message of a rebuild."""
    done, total = progress.get("rows", 0), progress.get("rows_total", 0)
    bars.show(f"rebuild {progress['view']}", progress["phase"], done, total)


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    """One line for each comparison."""
    if result["view_difference"] is not None:
        yield f"The new rows against the live view's: {_difference(result['view_difference'])}."
    for sink, difference in (result["sinks"] or {}).items():
        text = difference if isinstance(difference, str) else _difference(difference)
        yield f"What sink {sink} held against the live view: {text}."


def _difference(difference: Mapping[str, Any]) -> str:
    from materializers.difference import Difference

    counts = {name: difference[name] for name in ("rows", *KINDS, "dead_letters")}
    return str(Difference(**counts, keys=difference["keys"]))
