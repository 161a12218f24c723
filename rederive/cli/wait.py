"""`rederive wait`: read your own writes in a sink."""

from __future__ import annotations

from typing import Annotated

import typer

from rederive.cli.options import JsonOption, known_view, project_of


def wait(
    context: typer.Context,
    view: Annotated[str, typer.Option("--view", metavar="VIEW", help="The view to wait for.")],
    lsn: Annotated[
        str,
        typer.Option("--lsn", metavar="LSN", help="Such as 0/1A2B3C8; default: the source's now."),
    ] = "",
    timeout_s: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", min=0, help="Then give up.")
    ] = 30.0,
    as_json: JsonOption = False,
) -> None:
    """Return once readers of every sink of a view see what was committed before a position.

    Take the position from pg_current_wal_insert_lsn() after your commit. Waits through a first load
    and a start. Exit status 1, with the reason, where they do not see it in time.

    Example: rederive wait --view flight_search --lsn 0/1A2B3C8 --timeout 5
    """
    from cdc.errors import ContractError
    from cdc.position import Lsn
    from rederive import waiting
    from rederive.cli.screen import err, show_json

    project = project_of(context)
    known_view(project, view)
    try:
        given = Lsn.parse(lsn) if lsn else None
    except ContractError as error:
        raise typer.BadParameter(error.message, param_hint="--lsn") from error
    position = waiting.wait(project, view, lsn=given, timeout_s=timeout_s)
    if as_json:
        show_json({"view": view, "lsn": str(position)})
    else:
        err().print(f"Readers of view {view} are at or past {position}.")
