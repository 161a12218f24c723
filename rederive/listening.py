"""Lets the running capture answer other commands, while it is the one that captures."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdc.commands import Commands
from cdc.control import Control, ControlServer

PROCESS = "capture"


@contextmanager
def listening(state: Path, commands: Commands) -> Iterator[None]:
    """Answer requests during the block: at once, or where another capture answers here, once this
    one has taken over from it."""
    servers: list[ControlServer] = []

    def listen() -> None:
        if not servers:
            servers.append(ControlServer(state, PROCESS, commands.answer))

    commands.is_alone = listen
    if Control.connect(state, PROCESS) is None:
        listen()
    logger = logging.getLogger("rederive.capture")
    logger.addHandler(commands.warnings)
    try:
        yield
    finally:
        commands.close()
        logger.removeHandler(commands.warnings)
        for server in servers:
            server.close()
