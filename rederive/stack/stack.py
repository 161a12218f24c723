"""All local servers of one home folder: started together, left running, stopped by pid.

    HOME/stack.json     pids, start times and ports
    HOME/stack.env      NAME=value of each address, while the servers run
    HOME/SERVER/log     output of a server; log.1 of its run before

The servers are processes of their own session: they outlive the process that started them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rederive.stack.addresses import FIELD_BY_SERVER, Addresses, write_environment
from rederive.stack.elasticsearch.server import ElasticsearchServer
from rederive.stack.errors import StackError
from rederive.stack.folder_lock import folder_lock
from rederive.stack.kafka.server import KafkaServer
from rederive.stack.lifecycle import Lifecycle, start_together, stop_together
from rederive.stack.postgres.server import PostgresServer
from rederive.stack.record import Record
from rederive.stack.redis.server import RedisServer
from rederive.stack.report import OnProgress
from rederive.stack.server import Server

KINDS: dict[str, Callable[[Path], Server]] = {
    "postgres": PostgresServer,
    "kafka": KafkaServer,
    "redis": RedisServer,
    "elasticsearch": ElasticsearchServer,
}


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One server that runs."""

    name: str
    pid: int
    address: str
    version: str


class Stack:
    """The servers of `home` (made if missing); `servers` are those this object cares for.

    Several processes may use one home at once: starts and stops take turns.
    """

    def __init__(self, home: Path, servers: Sequence[str] = tuple(KINDS)) -> None:
        unknown = [name for name in servers if name not in KINDS]
        if unknown:
            raise StackError(
                f"there is no local server {unknown[0]}.", fix=f"choose from {', '.join(KINDS)}."
            )
        self.home = home.resolve()
        self.servers = tuple(servers)
        record = Record(self.home / "stack.json")
        self._lifecycles = {
            name: Lifecycle(kind(self.home / name), self.home / name, record)
            for name, kind in KINDS.items()
        }

    def start(self, on_progress: OnProgress | None = None) -> Addresses:
        """Start what does not run yet, all at once, and return when each has answered a request.

        A server that runs and answers is left alone. `on_progress(server, phase, fraction)` is
        called by one thread at a time. Raises StackError naming the server that failed, its log's
        last lines and path; what this call had started is stopped before that.
        """
        return self._start(self.servers, on_progress)

    def start_server(self, name: str, on_progress: OnProgress | None = None) -> Addresses:
        """Start one server, on the port and data it had before."""
        return self._start((name,), on_progress)

    def stop(self) -> None:
        """Stop this object's servers and wait until they are gone; harmless where none runs."""
        self._stop(self.servers)

    def stop_server(self, name: str) -> None:
        """Stop one server and wait until it is gone."""
        self._stop((name,))

    def running(self) -> list[ServerStatus]:
        """This object's servers whose process is alive."""
        servers = []
        for name in self.servers:
            lifecycle = self._lifecycles[name]
            entry = lifecycle.entry()
            if entry.process() is not None:
                address = lifecycle.server.address(entry.ports)
                servers.append(ServerStatus(name, entry.pid, address, entry.version))
        return servers

    def addresses(self) -> Addresses:
        """Addresses of this object's servers whose process is alive."""
        return Addresses(**{FIELD_BY_SERVER[each.name]: each.address for each in self.running()})

    def _start(self, names: Sequence[str], on_progress: OnProgress | None) -> Addresses:
        with folder_lock(self.home, "stack.lock"):
            try:
                start_together([self._lifecycles[name] for name in names], on_progress)
            finally:
                self._write_environment()
        return self.addresses()

    def _stop(self, names: Iterable[str]) -> None:
        if not self.home.exists():
            return
        with folder_lock(self.home, "stack.lock"):
            stop_together([self._lifecycles[name] for name in names])
            self._write_environment()

    def _write_environment(self) -> None:
        everything = Stack(self.home)
        write_environment(self.home / "stack.env", everything.addresses())
