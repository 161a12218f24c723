"""Errors of the machine or of the state file, as opposed to errors of a view."""

from __future__ import annotations

from pathlib import Path

import duckdb

from materializers.engines.refused_state import full_disk
from materializers.errors import StateError

_DISK = ("No space left on device", "File too large", "Disk quota exceeded", "temp_directory_size")


def shortage(error: BaseException, path: Path, what: str) -> StateError | None:
    """The error for a step on the state file `path` that had too little memory or disk; None for
    another cause. `what`: the step. Nothing of the batch is stored, so it can be repeated."""
    if not isinstance(error, (duckdb.Error, MemoryError)):
        return None
    first = str(error).splitlines()[0] if str(error) else "out of memory"
    if any(words in first for words in _DISK):
        return full_disk(path, what, f" ({first})")
    if isinstance(error, (MemoryError, duckdb.OutOfMemoryException)):
        return StateError(
            f"{what}: not enough memory ({first}).",
            fix="raise memory_limit under [pipeline], then start again: it goes on from the last"
            " cut",
        )
    return None


def state_error(error: Exception, path: Path, what: str) -> StateError:
    """The error for a step that does not involve a view: any other cause is the state file's."""
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    if (short := shortage(error, path, what)) is not None:
        return short
    told = StateError(
        f"{what}: the state file {path} cannot be used ({first}).",
        fix="start again: it goes on from the last cut; if it fails again remove the state folder,"
        " and start with `rederive materialize --take-over`: it is built again from the topics",
    )
    kind = type(error).__name__
    told.without_values = f"{what}: the state file {path} cannot be used ({kind})."
    return told
