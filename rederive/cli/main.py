"""The command line: its commands, and the exit statuses.

    0  good          1  something was found wrong          2  the command was misused

Commands import what they need when they run, so that `--help` and completion answer at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cdc import __version__
from rederive.cli.capture import capture_group
from rederive.cli.check import check
from rederive.cli.console import log_nothing_unasked
from rederive.cli.dead_letters import dead_letters_group
from rederive.cli.demo import demo
from rederive.cli.faults import debug as show_traces
from rederive.cli.faults import show
from rederive.cli.flags import Command, Group
from rederive.cli.materialize import materialize
from rederive.cli.peek import peek
from rederive.cli.rebuild import rebuild
from rederive.cli.servers import down, up
from rederive.cli.status import explain, status
from rederive.cli.wait import wait

GROUPS = (capture_group, dead_letters_group)
COMMANDS = (
    check, materialize, rebuild, status, explain, peek, wait, up, down, demo
)  # fmt: skip


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"rederive {__version__}")
        raise typer.Exit


def _global_options(
    context: typer.Context,
    project: Annotated[
        Path, typer.Option("--project", metavar="DIR", help="The project's folder.")
    ] = Path("."),
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the trace of an error too, for a report.")
    ] = False,
) -> None:
    """Views of a database that are exact at every commit, in search indexes, caches and tables.

    --project and --debug may stand before or behind the command's name.
    """
    context.obj = project
    if debug:
        show_traces()


def make_app() -> typer.Typer:
    """The command line as a typer app."""
    app = typer.Typer(
        name="rederive",
        cls=Group,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_global_options)
    for command in COMMANDS:
        app.command(cls=Command)(command)
    for group in GROUPS:
        app.add_typer(group)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; raises SystemExit with 0, 1 or 2."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    log_nothing_unasked()
    try:
        make_app()(_project_first(given), prog_name="rederive")
    except Exception as error:
        show(error)
        raise SystemExit(1) from error


def _project_first(arguments: list[str]) -> list[str]:
    """The arguments with `--project DIR` and `--debug` moved to the front."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument == "--project":
            front += [argument, *[each for each in [next(waiting, None)] if each is not None]]
        elif argument == "--debug" or argument.startswith("--project="):
            front.append(argument)
        else:
            rest.append(argument)
    return front + rest
