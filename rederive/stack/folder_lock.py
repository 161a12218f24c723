"""A lock that one process (and one thread of it) holds on a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rederive.stack.errors import StackError


@contextmanager
def folder_lock(folder: Path, name: str = "lock") -> Iterator[None]:
    """Hold the folder for the length of the block; the kernel lets go if the process dies."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / name).open("a")
    except OSError as error:
        raise StackError(
            f"{folder} cannot be written to: {error.strerror}.", fix="choose another folder."
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
