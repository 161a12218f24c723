"""`rederive demo`: the whole product on real data, from an empty machine to a comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="End after the comparison, servers stopped.")
    ] = False,
    rows: Annotated[
        int | None,
        typer.Option("--rows", metavar="N", min=100, help="Load only the first N flights."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="The demo's project folder."),
    ] = None,
) -> None:
    """Run the flights example: load, capture, three views, a day of changes, rebuild, compare.

    Starts local servers, loads a year of real flights, and shows one table in the end. Exit
    status 0 only where no view differs from PostgreSQL's own answer.

    Example: rederive demo --once
    """
    from cdc.log_settings import LogSettings
    from rederive.cli.log import logs
    from rederive.cli.options import folder_of
    from rederive.cli.screen import Bars
    from rederive.cli.stopping import stop_on_signals
    from rederive.demo.folder import demo_folder
    from rederive.demo.run import Demo

    named = folder_of(context)
    chosen = folder or (named if named != Path(".") else None)
    stop = stop_on_signals()
    with logs(LogSettings(level="warning")), Bars() as bars:
        is_equal = Demo(demo_folder(chosen), bars, stop, rows=rows).run(stay=not once)
    raise typer.Exit(0 if is_equal else 1)
