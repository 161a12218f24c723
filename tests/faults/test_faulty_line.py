"""A faulty line's treatment of the connections that it forwards."""

from __future__ import annotations

import socket

from tests.faults.faulty_line import FaultyLine

TIMEOUT_S = 30.0


def test_a_client_that_is_killed_is_gone_for_the_server_too() -> None:
    """The kernel resets a client that is killed with unread data, without the end of its stream."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        line = FaultyLine(listening.getsockname()[1])
        try:
            client = socket.create_connection(("127.0.0.1", line.port), TIMEOUT_S)
            server, _ = listening.accept()
            server.settimeout(TIMEOUT_S)
            with server:
                server.sendall(b"unread")
                client.recv(1, socket.MSG_PEEK)
                client.close()
                assert server.recv(1) == b""
        finally:
            line.close()
