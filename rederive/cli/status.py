"""`rederive status` and `rederive explain`: where views stand, and how they are maintained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from rederive.cli.options import JsonOption, ViewArgument, folder_of, known_view, project_of


def status(
    context: typer.Context,
    lag_max_s: Annotated[
        float,
        typer.Option("--max-lag", metavar="SECONDS", min=0, help="A sink further behind lags."),
    ] = 10.0,
    is_verbose: Annotated[
        bool,
        typer.Option("--verbose", help="Also each sink's owner and its last sign of life."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show whether all is well: every view in every sink, both processes, the source and Kafka.

    Asks each part directly, for some seconds. Exit status 0: all is well; 1: something lags,
    starts, is retried or does not answer; 2: something has stopped that does not go on by itself,
    or is lost. `--json` has the same facts. See docs/operations.md.

    Example: rederive status --json
    """
    from rederive.cli.screen import out, show_json
    from rederive.status.gather import gather_from

    report = gather_from(folder_of(context), lag_max_s=lag_max_s, with_storage=True)
    answer = report.as_json()
    if as_json:
        show_json(answer)
    else:
        from rederive.cli.tables import owner_lines, status_lines, status_table, storage_table

        for line in status_lines(answer):
            out().print(line, soft_wrap=True)
        out().print(status_table(answer))
        for line in owner_lines(answer) if is_verbose else ():
            out().print(line, soft_wrap=True)
        if "storage" in answer:
            out().print(storage_table(answer))
    if report.level:
        raise typer.Exit(int(report.level))


def explain(context: typer.Context, view: ViewArgument, as_json: JsonOption = False) -> None:
    """Show a view's plan: what is maintained by deltas, and what is recomputed.

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
        from rederive.checks import source_schemas

        answer = offline.explain(project, view, lambda: source_schemas(project))
    if as_json:
        show_json(answer)
    else:
        _show_plan(answer)


def _show_plan(answer: Mapping[str, Any]) -> None:
    from rich.text import Text

    from materializers.engines.plan_lines import lines_of
    from rederive.cli.screen import out

    for line in lines_of(answer):
        out().print(Text(line), soft_wrap=True)
