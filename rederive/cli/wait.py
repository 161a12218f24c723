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
    """Return once every sink of a view holds what was committed before a position.

    Take the position from pg_current_wal_insert_lsn() after your commit.

    Example: rederive wait --view flight_search --lsn 0/1A2B3C8 --timeout 5
    """
    from cdc.control import Control
    from cdc.errors import ContractError, SourceError
    from cdc.position import Lsn
    from materializers.errors import StateError
    from rederive.cli.screen import err, show_json
    from rederive.source_now import current_position

    project = project_of(context)
    known_view(project, view)
    try:
        given = Lsn.parse(lsn) if lsn else None
    except ContractError as error:
        raise typer.BadParameter(error.message, param_hint="--lsn") from error
    control = Control.connect(project.pipeline.state, "materialize")
    if control is None:
        raise StateError("No materialize process runs here.", fix="start `rederive materialize`")
    newest = control.request("newest")["lsn"] if given is None else None
    position = given or current_position(project.source)
    if newest and position < Lsn.parse(newest):
        # Asked for after the cut was seen, so it lies behind it wherever the log only grows.
        raise SourceError(
            f"The log of source {project.source.name} ends at {position}, before the newest cut "
            f"{newest}: it was restored from a backup, or is another server.",
            fix="start `rederive capture`: it says what to do",
        )
    answer = control.request("wait", view=view, lsn=str(position), timeout_s=timeout_s)
    if as_json:
        show_json(answer)
    else:
        err().print(f"View {view} is at or past {position}.")
