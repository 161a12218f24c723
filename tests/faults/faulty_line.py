"""A TCP line to a server that can be slow, refuse, or be half open: it accepts connections and
forwards nothing. When mended, it resets half-open connections, like a router that has forgotten
them.

A Kafka broker tells its clients its address; `KafkaLine` replaces that with its own.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

DELAY_S = 0.1


class FaultyLine:
    """Forwards `port` to a server's port, each connection in threads of its own, until closed."""

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self._host, self._target = host, target
        self.port = 0
        self._begin()
        self.port = self._listening.getsockname()[1]

    def _begin(self) -> None:
        self._fault = ""
        self._sockets: list[socket.socket] = []
        self._open()

    def _open(self) -> None:
        self._listening = self._listen()
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def _listen(self) -> socket.socket:
        return socket.create_server((self._host, self.port))

    def _connect(self) -> socket.socket:
        return socket.create_connection((self._host, self._target))

    def break_(self, fault: str) -> None:
        """From now on: `slow`, `refusing` or `half-open`."""
        self._fault = fault
        if fault == "refusing":
            # A thread in accept() would keep the port open.
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._break_off()

    def mend(self) -> None:
        was, self._fault = self._fault, ""
        if was == "refusing":
            self._open()
        elif was == "half-open":
            self._break_off()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._break_off()

    def _break_off(self) -> None:
        sockets, self._sockets = self._sockets, []
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                self._sockets.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self._fault == "half-open":
            return  # nothing is forwarded; mending the line resets it
        try:
            server = self._connect()
        except OSError:
            client.close()
            return
        self._sockets.append(server)
        back = threading.Thread(target=self._forward, args=(server, client), daemon=True)
        back.start()
        self._forward(client, server)
        back.join()
        if self._fault != "half-open":
            self._forget(client, server)

    def _forget(self, *ended: socket.socket) -> None:
        for each in ended:
            each.close()
            with suppress(ValueError):  # the connection was reset
                self._sockets.remove(each)

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self._fault == "half-open":
                    return  # the data read are lost, and both ends stay open
                if self._fault == "slow":
                    time.sleep(DELAY_S)
                target.sendall(self._passed_on(data))
        if self._fault != "half-open":
            # Also where an end was reset, as the kernel does for a killed process with unread data:
            # else the other end would take it for alive, for ever.
            for each in (source, target):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _passed_on(self, data: bytes) -> bytes:
        return data


class KafkaLine(FaultyLine):
    """A line to a broker, which advertises the line's address.

    Wherever the protocol names a broker (Metadata, FindCoordinator), the port follows the host in
    four bytes, so the answer's length does not change.
    """

    def _passed_on(self, data: bytes) -> bytes:
        host = self._host.encode()
        behind, here = (host + port.to_bytes(4, "big") for port in (self._target, self.port))
        return data.replace(behind, here)
