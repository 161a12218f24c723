"""Start, wait and stop of one server, and of several at once."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock

from rederive.stack.errors import NotAnswering, StackError
from rederive.stack.ports import choose_ports, is_free
from rederive.stack.process import Process, last_lines, spawn
from rederive.stack.record import Entry, Record
from rederive.stack.report import OnProgress, Report
from rederive.stack.server import Server

POLL_S = 0.05
ATTEMPTS_MAX = 3


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long to wait: for the first answer, for that of a server found running, for each signal
    to end it."""

    start_s: float = 120.0
    reuse_s: float = 10.0
    stop_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """One server of a stack."""

    server: Server
    home: Path
    record: Record
    bounds: Bounds = Bounds()

    @property
    def log(self) -> Path:
        """The server's output."""
        return self.home / "log"

    def entry(self) -> Entry:
        """What the record knows of it."""
        return self.record.get(self.server.name)

    def start(self, report: Report, taken: set[int], lock: Lock) -> bool:
        """Make the server run and answer; return whether this call has started it.

        `taken` are the ports promised to other servers, guarded by `lock`.
        """
        if self._answers_already(report):
            return False
        self.stop()
        for attempt in range(1, ATTEMPTS_MAX + 1):
            with lock:
                ports = choose_ports(self.server.port_names, self.entry().ports, taken)
            try:
                self._start_on(ports, report)
                return True
            except BaseException as error:
                self.stop()
                # Someone else may have taken a port after we found it free.
                lost = not all(is_free(port) for port in ports.values())
                if not (isinstance(error, StackError) and lost and attempt < ATTEMPTS_MAX):
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def stop(self) -> None:
        """Stop the server if it runs, and wait until it is gone."""
        process = self.entry().process()
        if process is not None:
            process.stop(self.server.stop_signals, self.bounds.stop_s)

    def _answers_already(self, report: Report) -> bool:
        entry = self.entry()
        end = time.monotonic() + self.bounds.reuse_s
        while (process := entry.process()) is not None and time.monotonic() < end:
            report.say("is running")
            try:
                self._note(entry.ports, process)
                return True
            except NotAnswering:
                time.sleep(POLL_S)
        return False

    def _start_on(self, ports: dict[str, int], report: Report) -> None:
        self.server.prepare(ports, report)
        report.say("start")
        process = spawn(self.server.command(ports), self.log)
        self.record.put(self.server.name, Entry(ports, process.pid, process.started))
        end = time.monotonic() + self.bounds.start_s
        while True:
            report.check()
            try:
                self._note(ports, process)
                break
            except NotAnswering as error:
                self._check_alive(process, error, time.monotonic() > end)
            time.sleep(POLL_S)
        report.say("ready", 1.0)

    def _note(self, ports: dict[str, int], process: Process) -> None:
        version = self.server.ask(ports)
        if not process.is_alive():
            raise NotAnswering("the answer came from another server")
        self.record.put(self.server.name, Entry(ports, process.pid, process.started, version))

    def _check_alive(self, process: Process, error: NotAnswering, is_late: bool) -> None:
        if process.is_alive() and not is_late:
            return
        what = f"did not answer within {self.bounds.start_s:.0f} s ({error})"
        if not process.is_alive():
            what = "stopped while starting"
        raise StackError(
            f"{self.server.name} {what}. Its log's last lines:\n{last_lines(self.log)}\n",
            fix=f"read {self.log}, mend the cause, start again.",
        )


def start_together(lifecycles: Sequence[Lifecycle], on_progress: OnProgress | None) -> None:
    """Start several servers at once; where one fails, stop those that this call has started."""
    lock, talk, given_up = Lock(), Lock(), Event()
    taken: set[int] = set()
    started: list[Lifecycle] = []

    def start(lifecycle: Lifecycle) -> None:
        report = Report(lifecycle.server.name, on_progress, talk, given_up)
        if lifecycle.start(report, taken, lock):
            started.append(lifecycle)

    with ThreadPoolExecutor(len(lifecycles) or 1, thread_name_prefix="stack") as pool:
        jobs = [pool.submit(start, lifecycle) for lifecycle in lifecycles]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            given_up.set()
            pool.shutdown()
            stop_together(started)
            raise


def stop_together(lifecycles: Sequence[Lifecycle]) -> None:
    """Stop several servers at once."""
    with ThreadPoolExecutor(len(lifecycles) or 1, thread_name_prefix="stack") as pool:
        list(pool.map(Lifecycle.stop, lifecycles))
