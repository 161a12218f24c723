"""Orders to a running capture, carried out between two transactions by a source that is a peer of
PostgreSQL's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from cdc.commands import Commands
from cdc.config import Secret, Source
from cdc.errors import RederiveError
from cdc.position import Lsn
from cdc.readings import Phase, Reading

SOURCE = Source("shop", Secret("postgresql://shop@db/shop"), ("public.*",))


class Told:
    """`Orders` that are done at once but for table `slow`, which fails at the second turn."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.turns = 0
        self._slow: list[Reading] = []

    def _read(self, table: str, *asked: str) -> list[Reading]:
        self.asked.append((*asked, table))
        reading = Reading(table, "its turn")
        if table == "slow":
            self._slow.append(reading)
        else:
            reading.phase = Phase.PUBLISHED
        return [reading]

    def add(self, pattern: str) -> tuple[list[Reading], dict[str, str]]:
        return self._read(pattern, "add"), {"public.log": "it has no primary key"}

    def remove(self, pattern: str) -> list[Reading]:
        self.asked.append(("remove", pattern))
        return []

    def refresh(self, pattern: str) -> list[Reading]:
        return self._read(pattern, "refresh")

    def refresh_where(self, table: str, condition: str) -> list[Reading]:
        return self._read(table, "refresh", condition)

    def turn(self, reached: Lsn, copying: Callable[[int], None]) -> None:
        for reading in self._slow:
            self.turns += 1
            if self.turns > 1:
                reading.fail("It is gone.", "name another")


class Capturing:
    """A capture whose transactions are all empty."""

    def __init__(self, source: Source) -> None:
        self.stop, self.orders = threading.Event(), Told()
        self.commands = Commands(source, self.stop)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with self.commands.serving(self.orders):
            while not self.stop.wait(0.001):
                self.commands.between(Lsn(1), lambda rows: None)

    def ask(self, command: str, **request: Any) -> list[Mapping[str, Any]]:
        return list(self.commands.answer({"command": command, **request}))

    def close(self) -> None:
        self.commands.close()
        self._thread.join()


@pytest.fixture
def capturing() -> Iterator[Capturing]:
    made = Capturing(SOURCE)
    yield made
    made.close()


def _last(answers: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return answers[-1]


def test_orders_are_carried_out_by_the_capturing_thread(capturing: Capturing) -> None:
    assert _last(capturing.ask("refresh", table="t"))["phase"] == Phase.PUBLISHED.value
    assert _last(capturing.ask("refresh", table="t", where="id > 1"))["table"] == "t"
    capturing.ask("remove", table="t")
    assert capturing.orders.asked == [("refresh", "t"), ("refresh", "id > 1", "t"), ("remove", "t")]


def test_what_cannot_be_added_is_told(capturing: Capturing) -> None:
    left_out = [each for each in capturing.ask("add", table="t") if each["phase"] == "left out"]
    assert left_out == [
        {"table": "public.log", "phase": "left out", "why": "it has no primary key"}
    ]


def test_a_reading_that_fails_is_the_askers_error(capturing: Capturing) -> None:
    with pytest.raises(RederiveError, match="It is gone") as failed:
        capturing.ask("refresh", table="slow")
    assert failed.value.fix == "name another"
    with pytest.raises(RederiveError, match="Unknown command 'sing'"):
        capturing.ask("sing")


def test_who_asks_too_late_is_told(capturing: Capturing) -> None:
    capturing.close()
    with pytest.raises(RederiveError):
        capturing.ask("refresh", table="t")
