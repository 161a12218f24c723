"""Servers that a test may stop, kill and reconfigure."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg

from rederive.stack.stack import Stack


class OwnServer:
    """PostgreSQL (or Kafka) in a folder of its own; stopped at the end of a `with` block."""

    def __init__(self, home: Path, name: str = "postgres") -> None:
        self._home, self._name = home, name
        self._stack = Stack(home, (name,))
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(StopIteration):
            os.kill(self.pid, signal.SIGCONT)
        self.stop()

    def start(self) -> None:
        addresses = self._stack.start()
        self.dsn = addresses.postgres_dsn or ""
        self.bootstrap = addresses.kafka_bootstrap or ""

    def stop(self) -> None:
        self._stack.stop()

    @property
    def pid(self) -> int:
        return next(status.pid for status in self._stack.running())

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def new_database(self, name: str) -> str:
        """The DSN of a new database."""
        with psycopg.connect(self.dsn, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}".encode())
        return f"{self.dsn.rpartition('/')[0]}/{name}"

    def configure(self, **settings: str) -> None:
        """Change settings that need only a reload."""
        with psycopg.connect(self.dsn, autocommit=True) as admin:
            for name, value in settings.items():
                admin.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
            admin.execute("SELECT pg_reload_conf()")

    def back_up(self) -> None:
        """Copy the data as they are now; the server is stopped meanwhile."""
        self.stop()
        shutil.rmtree(self._home / "backup", ignore_errors=True)
        shutil.copytree(self._data, self._home / "backup", copy_function=shutil.copy2)
        self._own(self._home / "backup")
        self.start()

    def restore(self) -> None:
        """Restore the copy."""
        self.stop()
        shutil.rmtree(self._data)
        (self._home / "backup").rename(self._data)
        self.start()

    def promote(self) -> None:
        """Start as a standby, and become the primary of the next timeline."""
        self.stop()
        signal_file = self._data / "standby.signal"
        signal_file.touch()
        owner = self._data.stat()
        os.chown(signal_file, owner.st_uid, owner.st_gid)
        self.start()
        with psycopg.connect(self.dsn, autocommit=True) as admin:
            admin.execute("SELECT pg_promote()")

    @property
    def _data(self) -> Path:
        return self._home / self._name / "data"

    def _own(self, copy: Path) -> None:
        """Give the copy the owner of the data, the server's account."""
        owner = self._data.stat()
        for path in (copy, *copy.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
