"""A TCP proxy that can stop forwarding, like a network that has lost a connection: both ends stay
open, and neither receives anything."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Proxy:
    """Forwards connections to a server's port, each in threads of its own, until closed."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self._listening = socket.create_server((host, 0))
        self.port: int = self._listening.getsockname()[1]
        self._flows = threading.Event()
        self._flows.set()
        self._is_closed = False
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        """Stop forwarding on the open connections; new ones work."""
        self._flows.clear()
        self._flows = threading.Event()
        self._flows.set()

    def close(self) -> None:
        self._is_closed = True
        for each in [self._listening, *self._sockets]:
            with suppress(OSError):
                each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                for pair in ((client, server), (server, client)):
                    arguments = (*pair, self._flows)
                    threading.Thread(target=self._forward, args=arguments, daemon=True).start()

    def _forward(
        self, source: socket.socket, target: socket.socket, flows: threading.Event
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not flows.is_set():
                    return  # the data read are lost, and the sockets stay open
                target.sendall(data)
            if flows.is_set():
                target.close()
