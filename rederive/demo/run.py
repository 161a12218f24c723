"""The demo's steps, in order.

Every step can be repeated and leaves alone what exists. So a second run starts warm, and a run
after a kill continues.
"""

from __future__ import annotations

import fcntl
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from rich.live import Live

from cdc.contract.cut import Cut
from cdc.control import Control
from cdc.errors import BrokerError, RederiveError
from cdc.position import Lsn
from materializers.intake.tail import read_newest_cut
from materializers.project.project import Project, load_project
from rederive.checks import all_checks
from rederive.cli.rebuild import show_rebuild
from rederive.cli.screen import Bars, out
from rederive.cli.tables import status_table
from rederive.demo.background import Background
from rederive.demo.day import Day
from rederive.demo.finish import compare_all
from rederive.demo.load import create_databases, load, rows_estimated
from rederive.demo.processes import DemoProcess
from rederive.demo.report import Result, result_table
from rederive.demo.wait import wait_for_sinks
from rederive.servers import local_servers, servers_to_start
from rederive.source_now import current_position

ACTIONS = 1_000
PAUSE_S = 0.1
POLL_S = 0.05
REBUILT_VIEW = "flight_search"


class Stopped(Exception):
    """The user asked the demo to stop before its end."""


class Demo:
    """One run of the demo in a project's folder; `run` returns whether nothing differed."""

    def __init__(
        self, folder: Path, bars: Bars, stop: threading.Event, *, rows: int | None = None
    ) -> None:
        self._folder, self._bars, self._stop, self._rows = folder, bars, stop, rows
        self._stack = local_servers(folder, servers_to_start())
        self._capture = DemoProcess(folder, "capture")
        self._materialize = DemoProcess(folder, "materialize")
        # A file, so that a run after a kill still knows whether it started the servers.
        self._servers_are_mine = folder / ".rederive" / "demo.servers"
        self._began = time.monotonic()

    def run(self, *, stay: bool) -> bool:
        """Do every step; with `stay`, show the live status until stopped.

        Raises RederiveError where a step fails. Stops the servers that this run has started.
        """
        with self._alone():
            if not self._stack.running():
                self._servers_are_mine.touch()
            try:
                return self._steps(stay)
            except Stopped:
                self._bars.say("Stopped; the next run goes on from here.")
                return False
            except psycopg.Error as error:
                line = str(error).strip().partition("\n")[0]
                raise RederiveError(
                    f"PostgreSQL: {line}.", fix="see its log, then again"
                ) from error
            finally:
                self._materialize.stop()
                self._capture.stop()
                if self._servers_are_mine.exists():
                    self._bars.show("servers", "stop")
                    self._stack.stop()
                    self._servers_are_mine.unlink()

    def _steps(self, stay: bool) -> bool:
        self._start_servers()
        project = load_project(self._folder)
        self._load(project)
        self._check(project)
        self._start_capture(project)
        self._start_views(project)
        rebuild_s, last = self._changes_and_rebuild(project)
        results = self._compare(project, rebuild_s, last)
        self._show(results)
        if stay:
            self._stay(project)
        return not any(result.differences for result in results)

    # ------------------------------------------------------------------ steps

    def _start_servers(self) -> None:
        self._stack.start(self._server_progress)
        names = [f"{server.name} {server.version}" for server in self._stack.running()]
        for server in self._stack.servers:
            self._bars.end(server)
        self._done("servers", ", ".join(names) or "those that the environment names")

    def _server_progress(self, server: str, phase: str, part: float | None) -> None:
        if self._stop.is_set():
            raise Stopped
        self._bars.fraction(server, phase, part)

    def _load(self, project: Project) -> None:
        create_databases(str(project.source.dsn))

        def on_rows(table: str, done: int, total: int) -> None:
            self._check_stop()
            self._bars.show("load", f"{table}, rows", done, total)

        flights = load(str(project.source.dsn), self._rows, on_rows)
        self._done("load", f"{flights:,} flights in PostgreSQL")

    def _check(self, project: Project) -> None:
        checks = []
        for check in all_checks(project):
            self._check_stop()
            checks.append(check)
            self._bars.show("check", "facts looked at:", len(checks))
        for check in checks:
            if check.is_fatal:
                raise RederiveError(f"{check.name}: {check.message}", fix=check.fix)
        warnings = sum(not check.ok for check in checks)
        self._done("check", f"{len(checks)} facts looked at, {warnings} warnings, nothing to mend")

    def _start_capture(self, project: Project) -> None:
        self._capture.start()
        began, total = time.monotonic(), rows_estimated(str(project.source.dsn))
        while True:
            cut = self._newest_cut(project)
            if cut is not None and cut.snapshot is None:
                break
            done = cut.snapshot.rows if cut is not None and cut.snapshot else 0
            self._bars.show("capture", "snapshot, rows", done, max(done, total))
            self._wait_a_moment(0.5)
        self._done("capture", f"every table is in Kafka, at {cut.lsn}", began)

    def _newest_cut(self, project: Project) -> Cut | None:
        # There is no cut until capture has created its topics; `_processes_run` watches capture.
        with suppress(BrokerError):
            return read_newest_cut(project.kafka, project.source.name)
        return None

    def _start_views(self, project: Project) -> None:
        position = current_position(project.source)
        began = time.monotonic()
        self._materialize.start()
        wait_for_sinks(project, position, self._bars, self._wait_a_moment)
        self._done("views", f"{len(project.views)} views in their sinks, at a cut", began)

    def _changes_and_rebuild(self, project: Project) -> tuple[float, Lsn]:
        with psycopg.connect(str(project.source.dsn), autocommit=True) as connection:
            day = Day(connection)
            self._bars.show("day", "operations")
            began = time.monotonic()
            day.play(ACTIONS, self._stop, lambda done: self._show_day(done, ACTIONS))
            self._check_stop()
            counts = ", ".join(f"{count} {kind}s" for kind, count in day.counts.most_common())
            self._done("day", f"{day.date}: {counts}", began)
            ended = threading.Event()
            with Background("day", lambda: day.play_until(ended, PAUSE_S), end=ended.set):
                began = time.monotonic()
                differences = self._rebuild(project)
                rebuild_s = time.monotonic() - began
            total = sum(day.counts.values()) - ACTIONS
            last = day.close()
        unlike = "" if differences is None else f", {differences} rows unlike the live view's"
        text = f"{REBUILT_VIEW} from offset zero beside {total} more transactions{unlike}"
        text += f" ({rebuild_s:.1f} s)"
        self._done("rebuild", text)
        return rebuild_s, last

    def _show_day(self, done: int, total: int) -> None:
        self._processes_run()
        self._bars.show("day", "transactions", done, total)

    def _rebuild(self, project: Project) -> int | None:
        control = Control.connect(project.pipeline.state, "materialize")
        assert control is not None
        answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

        def ask() -> None:
            for answer in control.stream("rebuild", view=REBUILT_VIEW):
                answers.put(answer)

        differences: int | None = None
        # In a thread, so that a stop does not wait for the next answer.
        with Background("rebuild", ask) as asking:
            while asking.is_alive() or not answers.empty():
                self._wait_a_moment(POLL_S)
                while not answers.empty():
                    answer = answers.get()
                    show_rebuild(self._bars, answer)
                    differences = answer.get("differences")
        self._bars.end(f"rebuild {REBUILT_VIEW}")
        return differences

    def _compare(self, project: Project, rebuild_s: float, last: Lsn) -> list[Result]:
        lags = wait_for_sinks(project, last, self._bars, self._wait_a_moment)
        results = compare_all(project, lags, self._bars)
        for result in results:
            if result.view == REBUILT_VIEW:
                result.rebuild_s = rebuild_s
        self._bars.end("compare")
        return results

    def _show(self, results: list[Result]) -> None:
        out().print(result_table(results))
        for result in results:
            for example in result.examples:
                self._bars.say(f"[red]{result.view} in {result.sink}:[/] {example}")
        self._done("demo", f"in all {time.monotonic() - self._began:.0f} s")

    def _stay(self, project: Project) -> None:
        """The live status, until Ctrl-C."""
        self._bars.say("Everything goes on; change a row in PostgreSQL and look. Ctrl-C ends it.")
        self._bars.say(f"PostgreSQL: {project.source.dsn}")
        with self._bars.paused(), Live(console=out(), refresh_per_second=2) as live:
            while not self._stop.wait(0.5):
                self._processes_run()
                control = Control.connect(project.pipeline.state, "materialize")
                if control is not None:
                    live.update(status_table(control.request("status")))

    # ------------------------------------------------------------------ waiting

    def _wait_a_moment(self, seconds: float) -> None:
        self._processes_run()
        if self._stop.wait(seconds):
            raise Stopped

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise Stopped

    def _processes_run(self) -> None:
        self._capture.check()
        self._materialize.check()

    def _done(self, step: str, text: str, began: float | None = None) -> None:
        self._bars.end(step)
        took = f" ({time.monotonic() - began:.1f} s)" if began is not None else ""
        self._bars.say(f"[green]{step:8}[/] {text}{took}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one demo at a time in a folder."""
        folder = self._folder / ".rederive"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "demo.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                message = f"Another `rederive demo` runs in {self._folder}."
                raise RederiveError(message, fix="stop it, or choose --dir") from error
            yield
