"""`rederive capture`: the source's log to topics, until told to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from rederive.cli.capture_orders import add, refresh, remove, status
from rederive.cli.options import WhileStdinOpen, project_of

capture_group = typer.Typer(name="capture")
for _command in (add, remove, refresh, status):
    capture_group.command()(_command)


@capture_group.callback(invoke_without_command=True)
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

    `rederive capture add`, `remove`, `refresh` and `status` talk to the one that runs.

    Example: rederive capture
    """
    if context.invoked_subcommand is not None:
        if resnapshot or take_over:
            raise typer.BadParameter("--resnapshot and --take-over are for `rederive capture`")
        return
    from cdc.capture import Capture
    from cdc.commands import Commands
    from rederive.cli.listening import listening
    from rederive.cli.progress import capture_progress
    from rederive.cli.screen import Bars, logs
    from rederive.cli.stopping import stop_on_closed_stdin, stop_on_signals

    project = project_of(context)
    stop = stop_on_signals()
    if while_stdin_open:
        stop_on_closed_stdin(stop)
    commands = Commands(project.source, stop)
    with logs(), Bars() as bars, listening(project.pipeline.state, commands):
        Capture(project.source, project.kafka, commands=commands).run(
            stop, capture_progress(bars), resnapshot=resnapshot, take_over=take_over, wait=wait
        )
