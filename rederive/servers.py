"""A project's local servers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cdc.config_file import STACK_ENVIRONMENT, is_in_environment
from rederive.stack.addresses import FIELD_BY_SERVER, VARIABLE_BY_FIELD
from rederive.stack.stack import KINDS, Stack


def local_servers(folder: Path, servers: Sequence[str] = tuple(KINDS)) -> Stack:
    """The local servers of a project's folder; the project's `${REDERIVE_…}` are their
    addresses."""
    return Stack(folder / STACK_ENVIRONMENT.parent, servers)


def servers_to_start() -> tuple[str, ...]:
    """The servers whose address the environment does not give."""
    return tuple(
        server
        for server in KINDS
        if not is_in_environment(VARIABLE_BY_FIELD[FIELD_BY_SERVER[server]])
    )
