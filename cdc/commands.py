"""Requests of other commands to the running capture: its status, and orders about tables.

Each request has a thread of its own. The capturing thread carries it out between two transactions;
meanwhile the client gets its state, at least once a second. No client waits forever: after its
time-out without progress it gets an error, and capture goes on with what was begun.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from cdc.config import Source
from cdc.errors import RederiveError
from cdc.position import Lsn
from cdc.progress import Counts, Progress
from cdc.readings import Phase, Reading
from cdc.requests import Requests
from cdc.wanted import Wanted
from cdc.worker import CAPTURING

POLL_S = 0.02
HEARTBEAT_S = 1.0
TIMEOUT_S = 60.0

Answer = Mapping[str, Any]


class Orders(Protocol):
    """What a source can do about its tables; see `cdc.sources.postgres.orders`."""

    def add(self, pattern: str) -> tuple[list[Reading], dict[str, str]]: ...
    def remove(self, pattern: str) -> list[Reading]: ...
    def refresh(self, pattern: str) -> list[Reading]: ...
    def refresh_where(self, table: str, condition: str) -> list[Reading]: ...
    def turn(self, reached: Lsn, copying: Callable[[int], None]) -> None: ...


class Commands:
    """The running capture as seen by other commands, over all its runs. `stopping`: set when
    capture is to stop."""

    def __init__(self, source: Source, stopping: threading.Event) -> None:
        self.wanted = Wanted(source)
        self._source, self._stopping = source, stopping
        self._requests = Requests("capture", stopping)
        self._orders: Orders | None = None
        self._progress: Progress | None = None
        self._trouble = ""
        self.warnings = NewestWarning(thread_of(source))
        self.counts = Counts()
        self.silent_s: Callable[[], float] = lambda: 0.0
        """Seconds since capture's loop last made progress; set by capture."""
        self.is_alone: Callable[[], None] = lambda: None
        """Called once no other capture of the source can write."""

    # ------------------------------------------------------------------ capture's side

    def recording(self, report: Callable[[Progress], None]) -> Callable[[Progress], None]:
        """A callback that records capture's progress for `status`, then calls `report`."""

        def record(progress: Progress) -> None:
            self._progress, self._trouble = progress, ""
            report(progress)

        return record

    def note_trouble(self, error: RederiveError) -> None:
        """Record why a run failed; another run may follow."""
        self._trouble = error.message
        self.counts.failures += 1

    @contextmanager
    def serving(self, orders: Orders) -> Iterator[None]:
        """While a run follows the log and takes orders."""
        self._orders = orders
        why = "Capture stopped before it was done."
        try:
            yield
        except RederiveError as error:
            why = f"Capture was interrupted: {error.message}"
            raise
        finally:
            self._orders = None
            self.wanted.readings.fail_all(why, "ask for it again once capture follows the log")

    def between(self, reached: Lsn, copying: Callable[[int], None]) -> None:
        """Carry out requests; called by the capturing thread between two transactions."""
        self._requests.do_all()
        if self._orders is not None:
            self._orders.turn(reached, copying)

    def close(self) -> None:
        """Refuse all further requests."""
        self._stopping.set()
        self._requests.refuse_all()

    # ------------------------------------------------------------------ the clients' side

    def answer(self, request: Mapping[str, Any]) -> Iterator[Answer]:
        """The answers to one request, in the client's thread. Raises RederiveError."""
        command, timeout_s = request["command"], float(request.get("timeout_s", TIMEOUT_S))
        if command == "status":
            yield self.status()
        elif command == "add":
            yield from self._add(request["table"], timeout_s)
        elif command == "remove":
            readings = yield from self._order(lambda o: o.remove(request["table"]), timeout_s)
            yield from self._ends(readings, timeout_s)
        elif command == "refresh":
            table, where = request["table"], request.get("where")
            readings = yield from self._order(
                lambda o: o.refresh_where(table, where) if where else o.refresh(table), timeout_s
            )
            yield from self._ends(readings, timeout_s)
        else:
            raise RederiveError(
                f"Unknown command {command!r}.", fix="use the same version on both sides"
            )

    def _add(self, pattern: str, timeout_s: float) -> Iterator[Answer]:
        readings, left_out = yield from self._order(lambda o: o.add(pattern), timeout_s)
        for table, reason in left_out.items():
            yield {"table": table, "phase": "left out", "why": reason}
        yield from self._ends(readings, timeout_s)

    def _order(
        self, order: Callable[[Orders], Any], timeout_s: float
    ) -> Generator[Answer, None, Any]:
        """Have the capturing thread carry out the order; returns its result."""

        def action() -> Any:
            assert self._orders is not None, "only a run that takes orders asks for requests"
            return order(self._orders)

        future: Future[Any] = self._requests.put(action)
        try:
            yield from self._watched(future.done, self._at_work, timeout_s)
        finally:
            future.cancel()  # the client gave up or went away
        return future.result()

    def _ends(self, readings: Sequence[Reading], timeout_s: float) -> Iterator[Answer]:
        """Wait until the readings are over. Raises RederiveError for one that failed."""
        for reading in readings:
            yield from self._watched(partial(_is_over, reading), reading.as_json, timeout_s)
            if reading.phase is Phase.FAILED:
                raise RederiveError(reading.why, fix=reading.fix)
            yield reading.as_json()

    def _watched(
        self, is_done: Callable[[], bool], state: Callable[[], Answer], timeout_s: float
    ) -> Iterator[Answer]:
        """Yield the state whenever it changes, and every second, until done."""
        seen: Answer = {}
        moved_at = told_at = time.monotonic()
        while not is_done():
            now, newest = time.monotonic(), state()
            if newest != seen:
                seen, moved_at = newest, now
            if moved_at == now or now - told_at > HEARTBEAT_S:
                told_at = now
                yield newest
            if now - moved_at > timeout_s:
                raise RederiveError(
                    f"No progress for {timeout_s:g} s: {_words(newest)}.",
                    fix="capture goes on with what it has begun; see `rederive capture status`",
                )
            if self._stopping.is_set() and not is_done():
                raise RederiveError("Capture is stopping.", fix="start it, then ask again")
            time.sleep(POLL_S)

    def _at_work(self) -> Answer:
        """The state of an order that has not been carried out: why not."""
        progress = self._progress
        if self._trouble or progress is None:
            return {"phase": "waits", "why": self._trouble or "capture begins"}
        busy = [r.as_json() for r in progress.readings if r.phase is Phase.COPIES]
        why = f"capture reads {busy[0]['table']}" if busy else f"capture is in its {progress.phase}"
        rows = busy[0]["rows"] if busy else progress.rows_done
        return {"phase": "waits", "why": why, "rows": rows}

    def status(self) -> dict[str, Any]:
        """Where capture stands, as a JSON object."""
        progress = self._progress
        status: dict[str, Any] = {
            "source": self._source.name,
            "phase": "waits" if self._trouble or progress is None else progress.phase,
            "trouble": self._trouble or None,
            "tables": list(self.wanted.patterns),
            "removed": sorted(self.wanted.removed),
            "warning": self.warnings.newest,
            "counts": self.counts.as_json(),
        }
        return status | (progress.as_json() if progress is not None else {})


class NewestWarning(logging.Handler):
    """Holds the newest warning logged by threads of one name, with its time in seconds since
    1970. By thread, as one process may capture several sources."""

    def __init__(self, thread: str) -> None:
        super().__init__(logging.WARNING)
        self._thread = thread
        self.newest: dict[str, Any] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if record.threadName == self._thread:
            self.newest = {"at": record.created, "text": record.getMessage()}


def thread_of(source: Source) -> str:
    """The name of the threads that capture a source."""
    return f"{CAPTURING} {source.name}"


def _is_over(reading: Reading) -> bool:
    return reading.is_over


def _words(state: Answer) -> str:
    table = f"table {state['table']} " if "table" in state else ""
    why = f" ({state['why']})" if state.get("why") else ""
    return f"{table}{state['phase']}{why}"
