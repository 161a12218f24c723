"""Who is at the other end of a Unix socket, and how to reach one below a long path (Linux)."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdc.errors import RederiveError

SOCKET_PATH_BYTES_MAX = 100
_CREDENTIALS = struct.Struct("3i")  # unix(7): pid, uid, gid
ROOT_USER = 0


def user_of(connection: socket.socket) -> int:
    """The id of the user whose process is at the other end, as the kernel tells it."""
    return _credentials(connection)[1]


def process_of(connection: socket.socket) -> int:
    """The id of the process at the other end; of one that listens, also while it hangs."""
    return _credentials(connection)[0]


def _credentials(connection: socket.socket) -> tuple[int, int, int]:
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    process, user, group = _CREDENTIALS.unpack(told)
    return process, user, group


def may_ask(user: int) -> bool:
    """Whether a process of that user may give orders to this one: its own user, and root."""
    return user in (os.geteuid(), ROOT_USER)


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """The path as bind and connect take it: one that is too long for a socket is named through
    its open folder, for this process alone. Raises RederiveError where that cannot be."""
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES_MAX:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if not Path(f"/proc/self/fd/{folder}").exists():
            raise RederiveError(
                f"The path {path} is too long for a socket.",
                fix="give the pipeline's state folder a shorter path",
            )
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
