"""A lock that one process (and one thread of it) holds on a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder_lock(folder: Path, name: str = "lock") -> Iterator[None]:
    """Hold the folder for the length of the block; the kernel lets go if the process dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
