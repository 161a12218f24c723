"""`rederive check`: everything a correct run needs, looked at before it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rederive.cli.options import JsonOption, project_of

if TYPE_CHECKING:
    from cdc.check import Check


PrintSqlOption = Annotated[
    bool,
    typer.Option("--print-sql", help="Print the SQL that gives capture's role its rights, alone."),
]


def check(
    context: typer.Context, as_json: JsonOption = False, print_sql: PrintSqlOption = False
) -> None:
    """Check the project's files, the source, the broker, the views and the sinks.

    Changes nothing. Exit status 1 where something must be mended, each with its fix. With
    --print-sql, what an administrator of the source runs by psql.

    Example: rederive --project examples/flights check
    """
    from dataclasses import asdict

    from cdc.sources.postgres.checks.rights import administrators_sql
    from rederive.checks import all_checks
    from rederive.cli.screen import Bars, out, show_json

    project = project_of(context)
    if print_sql:
        out().out(administrators_sql(project.source), end="")
        return
    checks = []
    with Bars() as bars:
        for found in all_checks(project):
            checks.append(found)
            if bars.is_live:
                bars.show("check", "facts looked at:", len(checks))
    if as_json:
        show_json([asdict(found) for found in checks])
    else:
        show_checks(checks)
    if any(found.is_fatal for found in checks):
        raise typer.Exit(1)


def show_checks(checks: Sequence[Check]) -> None:
    """One line for each fact; what must be mended, in red, with its fix."""
    from rich.text import Text

    from rederive.cli.screen import out, sentence

    for found in checks:
        mark, style = ("ok", "green") if found.ok else ("warning", "yellow")
        if found.is_fatal:
            mark, style = "wrong", "bold red"
        line = Text(f"{mark:8}", style=style)
        message, _, place = found.message.partition("\n")
        message = message if found.ok else sentence(message)
        line.append(f"{found.name}: {message}", style="default")
        if not found.ok and found.fix:
            line.append(f" Fix: {sentence(found.fix)}", style="default")
        if place:
            line.append(f"\n{place.rstrip()}", style="default")
        out().print(line, soft_wrap=True)
