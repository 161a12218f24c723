"""The bank: money moves between two tables, and its sum never changes.

`Bank` creates the tables and makes the transfers; `Processes` runs capture and materialize as a
user would and kills them; `Watcher` reads a sink without pause and records every sum it saw.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from cdc.control import Control
from cdc.errors import RederiveError
from tests.leftovers import Stoppable, end_with_the_test

Look = Callable[[], object]

ACCOUNTS = 200
MONEY = 1_000
TOTAL = 2 * ACCOUNTS * MONEY

VIEW = """
CREATE MATERIALIZED VIEW balances AS
SELECT c.id, c.amount AS checking, s.amount AS savings, c.amount + s.amount AS worth
FROM checking c JOIN savings s ON s.id = c.id;

CREATE SINK balances_index FROM balances WITH (connection = 'search', index = '{prefix}balances');
CREATE SINK balances_cache FROM balances
  WITH (connection = 'cache', key_pattern = '{prefix}:{{id}}', type = 'json');
CREATE SINK balances_table FROM balances WITH (connection = 'analytics', table = 'balances');

CREATE MATERIALIZED VIEW bank AS
SELECT 'bank' AS name, count(*) AS accounts, sum(c.amount + s.amount) AS worth
FROM checking c JOIN savings s ON s.id = c.id;

CREATE SINK bank_table FROM bank WITH (connection = 'analytics', table = 'bank', key = 'name');
CREATE SINK bank_cache FROM bank
  WITH (connection = 'cache', key_pattern = '{prefix}:{{name}}', type = 'json');
"""

PROJECT = """
[source.{prefix}]
type = "postgresql"
dsn = "{postgres}"
tables = ["public.checking", "public.savings"]

[kafka]
"bootstrap.servers" = "{kafka}"
[kafka.topics]
partitions = 3
[pipeline]
{pipeline}

[sink.search]
type = "elasticsearch"
hosts = ["{elasticsearch}"]
[sink.cache]
type = "redis"
url = "{redis}"
[sink.analytics]
type = "postgresql"
dsn = "{postgres}"
"""


def write_project(folder: Path, prefix: str, addresses: dict[str, str], pipeline: str = "") -> None:
    """A project of two views over the bank's tables, in all three kinds of sink. `pipeline`: lines
    of that section."""
    (folder / "views").mkdir(parents=True)
    project = PROJECT.format(prefix=prefix, pipeline=pipeline, **addresses)
    (folder / "rederive.toml").write_text(project)
    (folder / "views" / "bank.sql").write_text(VIEW.format(prefix=prefix))


@dataclass
class Bank:
    """Transfers in transactions of one to many rows, with openings and closings in pairs."""

    dsn: str
    rng: random.Random
    transfers: int = 0

    def open(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for table in ("checking", "savings"):
                connection.execute(
                    f"create table {table} (id int primary key, amount int not null)"
                )
                connection.execute(
                    f"insert into {table} select i, {MONEY} from generate_series(1, {ACCOUNTS}) i"
                )

    def run(self, stop: threading.Event, pause_s: float = 0.002) -> None:
        with psycopg.connect(self.dsn) as connection:
            while not stop.is_set():
                self._transfer(connection, rows=self.rng.choice([1, 1, 1, 2, 5, 60]))
                time.sleep(pause_s)

    def _transfer(self, connection: psycopg.Connection, rows: int) -> None:
        with connection.transaction(force_rollback=self.rng.random() < 0.05):
            for _ in range(rows):
                source, target = self.rng.sample(["checking", "savings"], 2)
                amount, payer = self.rng.randint(1, 50), self.rng.randint(1, ACCOUNTS)
                payee = self.rng.randint(1, ACCOUNTS)
                connection.execute(
                    f"update {source} set amount = amount - %s where id = %s", (amount, payer)
                )
                connection.execute(
                    f"update {target} set amount = amount + %s where id = %s", (amount, payee)
                )
            if self.rng.random() < 0.1:
                self._reopen(connection, self.rng.randint(1, ACCOUNTS))
        self.transfers += 1

    @staticmethod
    def _reopen(connection: psycopg.Connection, account: int) -> None:
        """Close an account and open it again with the same money, in the same transaction."""
        row = connection.execute(
            "delete from checking where id = %s returning amount", (account,)
        ).fetchone()
        assert row is not None
        connection.execute("insert into checking values (%s, %s)", (account, row[0]))


@dataclass
class Processes:
    """`rederive capture` and `rederive materialize` on a project, started, killed, stopped."""

    project: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, command: str, *options: str) -> None:
        log = (self.project / f"{command}.log").open("ab")
        arguments = [sys.executable, "-m", "rederive", "--project", str(self.project), command]
        arguments += options
        self.running[command] = subprocess.Popen(arguments, stdout=log, stderr=log)
        log.close()
        end_with_the_test(self.running[command])

    def kill(self, command: str) -> None:
        process = self.running.pop(command)
        code = process.poll()
        assert code is None, f"{command} ended by itself, {code}:\n{self.tail(command)}"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> dict[str, int]:
        """SIGTERM to all; their exit codes."""
        for process in self.running.values():
            process.terminate()
        codes = {command: process.wait(60) for command, process in self.running.items()}
        self.running.clear()
        return codes

    def stop_one(self, command: str) -> int:
        """SIGTERM to one; its exit code."""
        process = self.running.pop(command)
        process.terminate()
        return process.wait(60)

    def tail(self, command: str) -> str:
        return (self.project / f"{command}.log").read_text()[-4000:]


@dataclass(eq=False)
class Watcher(Stoppable):
    """Reads a sink without pause until stopped; records the distinct sums seen, the number of
    reads, and its error."""

    open_look: Callable[[], AbstractContextManager[Look]]
    seen: list[object] = field(default_factory=list)
    looks: int = 0
    error: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def run(self) -> None:
        try:
            with self.open_look() as look:
                while not self.stopping.is_set():
                    value = look()
                    self.looks += value is not None
                    if value is not None and value not in self.seen:
                        self.seen.append(value)
                    time.sleep(0.02)
        except BaseException as error:
            self.error = error

    def finish(self) -> list[object]:
        self.end()
        if self.error is not None:
            raise self.error
        return self.seen


@dataclass(eq=False)
class Rebuilder(Stoppable):
    """Requests one rebuild after another, so that kills interrupt some. At least one completes,
    after the last kill at the latest. `pause_s`: between two, so that the view is handed over."""

    state: Path
    view: str
    pause_s: float = 0.0
    done: int = 0
    cut_short: int = 0
    differences: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self._has_come_through = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            control = Control.connect(self.state, "materialize")
            if control is None:
                time.sleep(0.1)
                continue
            try:
                self.differences += control.request("rebuild", view=self.view)["differences"]
                self.done += 1
                self._has_come_through.set()
                self.stopping.wait(self.pause_s)
            except (RederiveError, OSError):
                self.cut_short += 1

    def finish(self) -> None:
        """Stop it once a rebuild has completed."""
        self._has_come_through.wait(60)
        self.end()
