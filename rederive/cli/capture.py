"""`rederive capture`: the source's log to topics, until told to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from rederive.cli.capture_orders import add, refresh, remove, status
from rederive.cli.flags import Command, Group
from rederive.cli.process_options import ProcessOptions, with_process_options

capture_group = typer.Typer(name="capture", cls=Group)
for _command in (add, remove, refresh, status):
    capture_group.command(cls=Command)(_command)


@capture_group.callback(invoke_without_command=True)
@with_process_options
def capture(
    context: typer.Context,
    options: ProcessOptions,
    resnapshot: Annotated[
        bool, typer.Option("--resnapshot", help="Copy every table again, then follow.")
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
) -> None:
    """Write the source's changes to Kafka, exactly once, until Ctrl-C or SIGTERM.

    The first run takes a snapshot of every table; later runs resume at the newest cut. Waits for a
    database or a broker that is away.

    `rederive capture add`, `remove`, `refresh` and `status` talk to the one that runs.

    Example: rederive capture
    """
    if context.invoked_subcommand is not None:
        if resnapshot or take_over:
            raise typer.BadParameter("--resnapshot and --take-over are for `rederive capture`")
        return
    from cdc.commands import Commands
    from rederive.capturing import run
    from rederive.cli.process import running
    from rederive.cli.progress import capture_progress

    with running("capture", context, options) as process:
        commands = Commands(process.project.source, process.stop)
        process.pulse.follow(lambda: commands.silent_s())
        run(
            process.project, commands, process.stop, capture_progress(process.bars),
            resnapshot=resnapshot, take_over=take_over, wait=wait,
        )  # fmt: skip
