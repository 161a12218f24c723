"""The errors of a state file that an engine cannot use, and the wait for one that is in use."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from materializers.errors import StateError

IN_USE_WAIT_S = 3.0
IN_USE_POLL_S = 0.1
REMOVE_IT = (
    "remove the state folder and start with `rederive materialize --take-over`: "
    "everything in it is built again from the topics"
)

Taken = TypeVar("Taken")


def other_version(path: Path) -> StateError:
    """The file holds another version's state."""
    return StateError(
        f"The state file {path} was written by another version of Rederive.", fix=REMOVE_IT
    )


def removed(path: Path) -> StateError:
    """The file was removed or replaced while an engine has it open."""
    return StateError(
        f"The state file {path} was removed while in use.",
        fix="start again with `rederive materialize --take-over`: all views are rebuilt",
    )


def closed(path: Path) -> StateError:
    """The engine has closed the file."""
    return StateError(f"The state file {path} is closed.")


def full_disk(path: Path, what: str, reason: str) -> StateError:
    """The disk does not take what the step `what` writes. Nothing of the step is stored."""
    return StateError(
        f"{what}: the disk of {path.parent} is full{reason}.",
        fix=f"free space in {path.parent}, then start again: it goes on from the last cut",
    )


def taken(path: Path, take: Callable[[], Taken | None]) -> Taken:
    """The result of `take`, which returns None while another process uses the file: a command that
    reads the state does so for a moment. Raises StateError where it stays in use."""
    deadline = time.monotonic() + IN_USE_WAIT_S
    while (result := take()) is None:
        if time.monotonic() > deadline:
            raise StateError(
                f"The state file {path} is in use by another process.",
                fix="stop the other process, or ask it (`rederive status`)",
            )
        time.sleep(IN_USE_POLL_S)
    return result
