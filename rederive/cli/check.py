"""`rederive check`: checks everything a correct run needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rederive.cli.options import JsonOption, project_of

if TYPE_CHECKING:
    from cdc.check import Check


PrintSqlOption = Annotated[
    bool,
    typer.Option("--print-sql", help="Print only the SQL that gives capture's role its rights."),
]


def check(
    context: typer.Context, as_json: JsonOption = False, print_sql: PrintSqlOption = False
) -> None:
    """Check the project's files, the source, the broker, the views and the sinks.

    Changes nothing. Prints each fault with its fix; exit status 1 where there is one. With
    --print-sql: the SQL that an administrator of the source runs by psql.

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
        for each in all_checks(project):
            checks.append(each)
            if bars.is_live:
                bars.show("check", "facts looked at:", len(checks))
    if as_json:
        show_json([asdict(each) for each in checks])
    else:
        show_checks(checks)
    if any(each.is_fatal for each in checks):
        raise typer.Exit(1)


def show_checks(checks: Sequence[Check]) -> None:
    """One line for each check; fatal ones in red, with their fix."""
    from rich.text import Text

    from rederive.cli.screen import out, sentence

    for check in checks:
        mark, style = ("ok", "green") if check.ok else ("warning", "yellow")
        if check.is_fatal:
            mark, style = "wrong", "bold red"
        line = Text(f"{mark:8}", style=style)
        message, _, place = check.message.partition("\n")
        message = message if check.ok else sentence(message)
        line.append(f"{check.name}: {message}", style="default")
        if not check.ok and check.fix:
            line.append(f" Fix: {sentence(check.fix)}", style="default")
        if place:
            line.append(f"\n{place.rstrip()}", style="default")
        out().print(line, soft_wrap=True)
