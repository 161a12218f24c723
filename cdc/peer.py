"""The process at the other end of a Unix socket, and sockets below a long path (Linux)."""

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
    """The id of the peer's user, from the kernel."""
    return _credentials(connection)[1]


def process_of(connection: socket.socket) -> int:
    """The pid of the peer, or of the listening process, even if it hangs."""
    return _credentials(connection)[0]


def _credentials(connection: socket.socket) -> tuple[int, int, int]:
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    process, user, group = _CREDENTIALS.unpack(data)
    return process, user, group


def may_ask(user: int) -> bool:
    """Whether that user may give orders to this process: its own user, and root."""
    return user in (os.geteuid(), ROOT_USER)


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """A path short enough for bind and connect. One too long for a socket is replaced by a path
    through its open folder, valid in this process. Raises RederiveError without /proc."""
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
