"""Free ports on the loopback address.

They are taken below the kernel's range for outgoing connections: a client that keeps connecting to
a stopped server's port inside that range ends up connected to itself, and holds the port.
"""

import random
import socket
import time
from collections.abc import Sequence

from rederive.stack.errors import StackError

HOST = "127.0.0.1"
LOWEST, HIGHEST = 15_000, 32_000
ATTEMPTS_MAX = 1_000
RELEASE_TIMEOUT_S = 1.0
POLL_S = 0.02


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        # Servers set it too: connections of a stopped server that linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def choose_ports(
    names: Sequence[str], before: dict[str, int], taken: set[int] | None = None
) -> dict[str, int]:
    """A free port for each name: the one used before where it is still free.

    `taken` are ports promised to other servers of the stack; the chosen ones are added to it.
    """
    promised = set() if taken is None else taken
    chosen: dict[str, int] = {}
    for name in names:
        port = before.get(name)
        if port is None or port in promised or not _becomes_free(port):
            port = _any_free_port(promised)
        promised.add(port)
        chosen[name] = port
    return chosen


def _becomes_free(port: int) -> bool:
    """Whether the port is free, or soon: a killed server's children hold it for a moment."""
    end = time.monotonic() + RELEASE_TIMEOUT_S
    while not is_free(port):
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
    return True


def _any_free_port(promised: set[int]) -> int:
    for _ in range(ATTEMPTS_MAX):
        port = random.randint(LOWEST, HIGHEST)
        if port not in promised and is_free(port):
            return port
    raise StackError(
        f"no free port between {LOWEST} and {HIGHEST} on {HOST}.",
        fix="stop a server that listens there.",
    )
