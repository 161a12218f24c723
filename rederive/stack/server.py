"""What the stack asks of each kind of server."""

import signal
from collections.abc import Mapping
from typing import Protocol

from rederive.stack.report import Report

Ports = Mapping[str, int]


class Server(Protocol):
    """One kind of server below one home folder; it starts no long-lived process by itself."""

    name: str
    port_names: tuple[str, ...]
    stop_signals: tuple[signal.Signals, ...]

    def prepare(self, ports: Ports, report: Report) -> None:
        """Fetch programs, make the data folder, write settings. Safe to repeat.

        Raises StackError where that is impossible.
        """

    def command(self, ports: Ports) -> list[str]:
        """The command that runs the server in the foreground."""

    def address(self, ports: Ports) -> str:
        """What a client is given to connect."""

    def ask(self, ports: Ports) -> str:
        """Have a real request answered, and return the server's version.

        Raises NotAnswering where the server is not ready; blocks for a second or two at most.
        """
