"""A process whose answers to other commands are slow, refused or missing, while its work goes on: a
proxy is put before its control socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cdc.control import socket_path
from cdc.peer import short_path
from tests.faults.faulty_line import FaultyLine

SILENT_CLIENTS = 32
"""Half of the connections that health serves at once."""
CONNECT_TIMEOUT_S = 10.0


class SocketLine(FaultyLine):
    """A line at `path` to the Unix socket at `behind`."""

    def __init__(self, path: Path, behind: Path) -> None:
        self._path, self._behind = path, behind
        self._begin()

    def _listen(self) -> socket.socket:
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        with short_path(self._path) as reachable:
            listening.bind(reachable)
        listening.listen()
        return listening

    def _connect(self) -> socket.socket:
        server = socket.socket(socket.AF_UNIX)
        with short_path(self._behind) as reachable:
            server.connect(reachable)
        return server


@contextmanager
def held_answers(state: Path, process: str, fault: str, health: str) -> Iterator[None]:
    """`slow`, `refusing` or `half-open` for the block. With the last, clients of its health (at
    that URL) are silent too, as behind a broken line."""
    path = socket_path(state, process)
    behind = path.with_suffix(".behind")
    path.rename(behind)
    try:
        with ExitStack() as stack:
            line = stack.enter_context(closing(SocketLine(path, behind)))
            line.break_(fault)
            at = urlsplit(health).hostname, urlsplit(health).port
            for _ in range(SILENT_CLIENTS if fault == "half-open" else 0):
                silent = socket.create_connection(at, CONNECT_TIMEOUT_S)
                stack.enter_context(closing(silent))
            yield
    finally:
        behind.rename(path)
