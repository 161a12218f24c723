"""`rederive status` and `rederive explain`: where views stand, and how they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from rederive.cli.options import JsonOption, ViewArgument, folder_of, known_view, project_of


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show every view in every sink: rows, cut, lag, and what is wrong; and what the state takes.

    Exit status 1 where a view or a sink has failed, Kafka does not answer, or an edit was refused.

    Example: rederive status --json
    """
    from cdc.control import Control
    from cdc.scrubber import scrubbed
    from materializers.project import load_pipeline
    from rederive.cli.screen import out, show_json

    # A process at work can tell how it goes while somebody edits the files it read
    control = Control.connect(load_pipeline(folder_of(context)).state, "materialize")
    if control is not None:
        answer = {**control.request("status", storage=True), "is_running": True}
    else:
        from materializers import offline

        answer = offline.status(project_of(context))
    answer = scrubbed(answer)
    if as_json:
        show_json(answer)
    else:
        from rederive.cli.tables import absence_line, edit_line, status_table, storage_table

        out().print(status_table(answer))
        if answer["kafka"]:
            out().print(absence_line(answer), soft_wrap=True)
        for edit in answer["edits"]:
            out().print(edit_line(edit), soft_wrap=True)
        out().print(storage_table(answer))
    if answer["kafka"] or answer["edits"] or any(view["error"] for view in answer["views"]):
        raise typer.Exit(1)


def explain(context: typer.Context, view: ViewArgument, as_json: JsonOption = False) -> None:
    """Show a view's plan: what is kept by deltas, and what is recomputed.

    Example: rederive explain flight_search
    """
    from cdc.control import Control
    from rederive.cli.screen import show_json

    project = project_of(context)
    known_view(project, view)
    control = Control.connect(project.pipeline.state, "materialize")
    if control is not None:
        answer: Mapping[str, Any] = control.request("explain", view=view)
    else:
        from materializers import offline

        answer = offline.explain(project, view)
    if as_json:
        show_json(answer)
    else:
        _show_plan(answer)


def _show_plan(answer: Mapping[str, Any]) -> None:
    from rich.text import Text

    from materializers.explain import lines_of
    from rederive.cli.screen import out

    for line in lines_of(answer):
        out().print(Text(line), soft_wrap=True)
