"""A pipeline with a sink of each kind, every server of which can be harmed and healed."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis
from elasticsearch import Elasticsearch

from materializers.sinks.redis import read_live
from rederive.stack.stack import Stack
from rederive.status.gather import gather_from
from tests.capture.own_server import OwnServer
from tests.crash.bank import Processes
from tests.faults.faulty_line import FaultyLine, KafkaLine
from tests.faults.held_answers import held_answers
from tests.faults.starving import starved
from tests.health_client import LISTENING, HealthClient

HEAL_TIMEOUT_S = 120.0
PROJECT = """
[source.{prefix}]
type = "postgresql"
dsn = "{source}"
tables = ["public.items"]
silence_max_s = 5.0
[kafka]
"bootstrap.servers" = "{kafka}"
[sink.search]
type = "elasticsearch"
hosts = ["{elasticsearch}"]
request_timeout = 5
[sink.cache]
type = "redis"
url = "{redis}"
socket_timeout = 5
[sink.analytics]
type = "postgresql"
dsn = "{sink}"
request_timeout = 5
"""
VIEW = """
CREATE MATERIALIZED VIEW shown AS SELECT id, n FROM items;
CREATE SINK {prefix}_index FROM shown WITH (connection = 'search', index = '{prefix}');
CREATE SINK {prefix}_cache FROM shown WITH (connection = 'cache', key_pattern = 'i:{{id}}');
CREATE SINK {prefix}_table FROM shown WITH (connection = 'analytics', table = 'shown');
"""
SINKS = {"elasticsearch": "index", "redis": "cache", "sink": "table"}
"""Part -> the end of its sink's name."""


@dataclass
class Rig:
    """`parts`: a line to each server whose address can be chosen. `dsn`: of the source itself,
    without its line."""

    folder: Path
    prefix: str
    dsn: str
    servers: Stack
    sink_server: OwnServer
    lines: dict[str, FaultyLine]
    processes: Processes = field(init=False)
    health: HealthClient = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        self.processes = Processes(self.folder)
        self.health = HealthClient(self.processes)

    # ------------------------------------------------------------------ faults

    @contextmanager
    def harmed(self, part: str, fault: str) -> Iterator[None]:
        """The part in that condition for the block, healed afterwards."""
        if fault in ("slow", "refusing", "half-open") and part in self.processes.running:
            state, address = self.folder / ".rederive", self.health.address(part)
            with held_answers(state, part, fault, address):
                yield
        elif fault in ("slow", "refusing", "half-open"):
            self.lines[part].break_(fault)
            try:
                yield
            finally:
                self.lines[part].mend()
        elif fault == "suspended":
            with self._suspended(part):
                yield
        elif fault == "starved":
            with starved(lambda: self._processes_of(part)):
                yield
        elif fault == "killed":
            self._kill(part)
            try:
                yield
            finally:
                self._start(part)
        elif fault == "dropped":
            self._drop_publication()
            yield
        elif fault == "dropped behind capture":
            with self._suspended("capture"):
                self._drop_publication()
                yield
        else:
            with self._without_slot():
                yield

    @contextmanager
    def _suspended(self, part: str) -> Iterator[None]:
        processes = self._processes_of(part)
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in reversed(processes):
                os.kill(process, signal.SIGCONT)

    def _processes_of(self, part: str) -> list[int]:
        """The process of a server or command, and its children."""
        if part in self.processes.running:
            first = self.processes.running[part].pid
        elif part == "sink":
            first = self.sink_server.pid
        else:
            first = next(each.pid for each in self.servers.running() if each.name == _server(part))
        found = [first]
        for process in found:
            for task in Path(f"/proc/{process}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        return found

    def _kill(self, part: str) -> None:
        if part in self.processes.running:
            self.processes.kill(part)
            return
        for process in self._processes_of(part):
            os.kill(process, signal.SIGKILL)

    def _start(self, part: str) -> None:
        if part in ("capture", "materialize"):
            self.processes.start(part)
        elif part == "sink":
            self.sink_server.start()
        else:
            self.servers.start_server(_server(part))

    @contextmanager
    def _without_slot(self) -> Iterator[None]:
        """Capture is stopped and its slot dropped; healed by a new copy."""
        self.processes.kill("capture")
        slot = f"rederive_{self.prefix}"
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            held = "SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s"
            while (row := connection.execute(held, [slot]).fetchone()) and row[0]:
                connection.execute("SELECT pg_terminate_backend(%s, 1000)", [row[0]])
            connection.execute("SELECT pg_drop_replication_slot(%s)", [slot])
        try:
            yield
        finally:
            self.processes.start("capture", "--resnapshot")

    def _drop_publication(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(f"DROP PUBLICATION rederive_{self.prefix}".encode())

    # ------------------------------------------------------------------ the truth

    def change(self) -> bool:
        """Commit a new number; False where the source refuses."""
        self.number += 1
        try:
            with psycopg.connect(self.dsn, connect_timeout=2, autocommit=True) as connection:
                connection.execute("UPDATE items SET n = %s WHERE id = 7", [self.number])
        except psycopg.Error:
            return False
        return True

    def seen(self) -> dict[str, object]:
        """What a reader of each sink sees, without the lines; the error where it cannot read."""
        looks = {"elasticsearch": self._in_index, "redis": self._in_cache, "sink": self._in_table}
        found: dict[str, object] = {}
        for part, look in looks.items():
            try:
                found[part] = look()
            except Exception as error:  # any error of a reader
                found[part] = error
        return found

    def _in_index(self) -> object:
        address = self.servers.addresses().elasticsearch_url or ""
        with Elasticsearch(address, request_timeout=2, max_retries=0) as client:
            return client.get(index=self.prefix, id="7").body["_source"]["n"]

    def _in_cache(self) -> object:
        address = self.servers.addresses().redis_url or ""
        with redis.Redis.from_url(address, socket_timeout=2) as client:
            found = read_live(client, f"{self.prefix}_cache", "i:7")
            return found and found["n"]

    def _in_table(self) -> object:
        with psycopg.connect(self.sink_server.dsn, connect_timeout=2) as connection:
            row = connection.execute("SELECT n FROM shown WHERE id = 7").fetchone()
            return row and row[0]

    # ------------------------------------------------------------------ reports

    def restore(self) -> None:
        """Start what the case before has left dead, so that cases are independent."""
        for part, options in (("capture", ("--resnapshot",)), ("materialize", ())):
            process = self.processes.running.get(part)
            if process is None or process.poll() is not None:
                self.processes.start(part, *options)
        self.until_well()

    def until_well(self) -> None:
        """Wait until status reports that all is well and both processes run."""
        deadline = time.monotonic() + HEAL_TIMEOUT_S
        while (status := gather_from(self.folder)).level:
            logs = "".join(self.processes.tail(each)[-1500:] for each in self.processes.running)
            ended = [part for part, each in self.processes.running.items() if each.poll()]
            assert not ended, f"{ended} ended by itself\n{logs}"
            assert time.monotonic() < deadline, f"{status.problems}\n{logs}"
            time.sleep(0.2)


def _server(part: str) -> str:
    return "postgres" if part == "source" else part


def through(address: str, line: FaultyLine) -> str:
    """The address with the line's port."""
    return re.sub(rf":{urlsplit(address).port}\b", f":{line.port}", address)


def port_of(address: str) -> int:
    return urlsplit(address).port or 0


@contextmanager
def working(folder: Path, prefix: str, dsn: str, servers: Stack, home: Path) -> Iterator[Rig]:
    """A rig with everything running; stopped at the end."""
    addresses = servers.addresses()
    with OwnServer(home) as sink_server:
        targets: dict[str, Any] = {
            "source": dsn, "sink": sink_server.dsn, "redis": addresses.redis_url,
            "elasticsearch": addresses.elasticsearch_url,
        }  # fmt: skip
        lines = {part: FaultyLine(port_of(address)) for part, address in targets.items()}
        given = {part: through(address, lines[part]) for part, address in targets.items()}
        kafka = f"kafka://{addresses.kafka_bootstrap}"
        lines["kafka"] = KafkaLine(port_of(kafka))
        given["kafka"] = through(kafka, lines["kafka"]).removeprefix("kafka://")
        (folder / "views").mkdir(parents=True)
        text = PROJECT.format(prefix=prefix, **given) + LISTENING
        (folder / "rederive.toml").write_text(text)
        (folder / "views" / "shown.sql").write_text(VIEW.format(prefix=prefix))
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL)")
            connection.execute("INSERT INTO items SELECT i, 0 FROM generate_series(1, 20) i")
        rig = Rig(folder, prefix, dsn, servers, sink_server, lines)
        try:
            for command in ("capture", "materialize"):
                rig.processes.start(command)
            rig.until_well()
            yield rig
        finally:
            rig.processes.stop()
            for line in lines.values():
                line.close()
