"""`rederive materialize`: topics to views to sinks, until told to stop."""

from __future__ import annotations

import typer

from rederive.cli.options import WhileStdinOpen, project_of


def materialize(context: typer.Context, while_stdin_open: WhileStdinOpen = False) -> None:
    """Keep every view of the project in its sinks, until Ctrl-C or SIGTERM.

    Example: rederive materialize
    """
    from materializers.materialize import Materialize
    from rederive.cli.progress import materialize_progress
    from rederive.cli.screen import Bars, logs
    from rederive.cli.stopping import stop_on_closed_stdin, stop_on_signals

    project = project_of(context)
    stop = stop_on_signals()
    if while_stdin_open:
        stop_on_closed_stdin(stop)
    with logs(), Bars() as bars:
        Materialize(project).run(stop, materialize_progress(bars))
