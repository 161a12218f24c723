"""`rederive up` and `rederive down`: local servers to try things out."""

from __future__ import annotations

from typing import Annotated

import typer

from rederive.cli.options import JsonOption, folder_of

ServersArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SERVER]...", help="postgres, kafka, redis, elasticsearch. [default: all]"
    ),
]


def up(
    context: typer.Context, servers: ServersArgument = None, as_json: JsonOption = False
) -> None:
    """Start local PostgreSQL, Kafka, Redis and Elasticsearch below the project.

    They listen on loopback only, store their data in .rederive/stack, and run until
    [bold]rederive down[/]. Missing programs are fetched once.

    Example: rederive up postgres kafka
    """
    from dataclasses import asdict

    from rederive.cli.screen import Bars, out, show_json
    from rederive.servers import local_servers
    from rederive.stack.stack import KINDS

    stack = local_servers(folder_of(context), _known(servers, tuple(KINDS)))
    with Bars() as bars:
        stack.start(bars.fraction)
    running = stack.running()
    if as_json:
        show_json([asdict(server) for server in running])
        return
    for server in running:
        out().print(f"{server.name:14} {server.version:12} {server.address}", soft_wrap=True)


def down(context: typer.Context, servers: ServersArgument = None) -> None:
    """Stop the local servers that [bold]rederive up[/] started; their data stays.

    Example: rederive down
    """
    from rederive.cli.screen import err
    from rederive.servers import local_servers
    from rederive.stack.stack import KINDS

    stack = local_servers(folder_of(context), _known(servers, tuple(KINDS)))
    names = [server.name for server in stack.running()]
    stack.stop()
    err().print(f"Stopped {', '.join(names)}." if names else "No local server runs.")


def _known(servers: list[str] | None, kinds: tuple[str, ...]) -> tuple[str, ...]:
    for name in servers or ():
        if name not in kinds:
            raise typer.BadParameter(f"there is no local server {name!r} ({', '.join(kinds)})")
    return tuple(servers or kinds)
