"""`rederive capture`: the source's log to topics, until told to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from rederive.cli.options import WhileStdinOpen, project_of


def capture(
    context: typer.Context,
    resnapshot: Annotated[
        bool, typer.Option("--resnapshot", help="Copy every table anew, then follow.")
    ] = False,
    take_over: Annotated[
        bool,
        typer.Option("--take-over", help="End another capture of this source, and go on."),
    ] = False,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait/--no-wait", help="Wait for servers that are down; --no-wait: not at the start."
        ),
    ] = True,
    while_stdin_open: WhileStdinOpen = False,
) -> None:
    """Write the source's changes to Kafka, exactly once, until Ctrl-C or SIGTERM.

    The first run takes a snapshot of every table; later runs resume where the newest cut says.
    A database or a broker that is away is waited for.

    Example: rederive capture
    """
    from cdc.capture import Capture
    from rederive.cli.progress import capture_progress
    from rederive.cli.screen import Bars, logs
    from rederive.cli.stopping import stop_on_closed_stdin, stop_on_signals

    project = project_of(context)
    stop = stop_on_signals()
    if while_stdin_open:
        stop_on_closed_stdin(stop)
    with logs(), Bars() as bars:
        Capture(project.source, project.kafka).run(
            stop, capture_progress(bars), resnapshot=resnapshot, take_over=take_over, wait=wait
        )
