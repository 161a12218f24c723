"""Where a project's local servers live."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cdc.config_file import STACK_ENVIRONMENT
from stack.stack import KINDS, Stack


def local_servers(folder: Path, servers: Sequence[str] = tuple(KINDS)) -> Stack:
    """The local servers of a project's folder, whose addresses `${REDERIVE_…}` stand for."""
    return Stack(folder / STACK_ENVIRONMENT.parent, servers)
