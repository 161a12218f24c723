"""All open dead letters of a pipeline: which rows of which generation are set aside.

The topic is the truth and is read once; what is written to it is known here too, so that a step can
tell which of its keys are no longer refused. Deliveries share it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from cdc.errors import BrokerError
from materializers.dead_letters.letter import Letter, Place
from materializers.errors import SinkError


class Letters(Protocol):
    """Where letters are kept. Both methods raise BrokerError."""

    def read(self) -> Mapping[bytes, bytes]:
        """Every letter that is open: its name, and itself as JSON."""

    def write(self, letters: Iterable[Letter], gone: Iterable[bytes]) -> None:
        """Keep letters in place of older ones of their names, and no longer keep those of the names
        `gone`. Durable when it returns."""


class DeadLetters:
    """Safe for several threads. What goes wrong with Kafka is a SinkError that may pass by itself:
    the sink waits, and its cut with it."""

    def __init__(self, topic: Letters) -> None:
        self._topic = topic
        self._lock = threading.Lock()
        self._open: dict[Place, set[bytes]] | None = None

    def of(self, place: Place) -> frozenset[bytes]:
        """The names of a generation's open letters."""
        with self._lock:
            return frozenset(self._known().get(place, ()))

    def count(self, place: Place) -> int:
        """How many rows of a generation are set aside, as far as is known without asking Kafka."""
        return len((self._open or {}).get(place, ()))

    def write(self, letters: Collection[Letter], gone: Collection[bytes] = ()) -> None:
        """Set rows aside, and let others be set aside no longer: durable when it returns."""
        if not letters and not gone:
            return
        with self._lock:
            known = self._known()
            try:
                self._topic.write(letters, gone)
            except BrokerError as error:
                raise SinkError(
                    f"A row cannot be set aside: {error.message}",
                    fix=error.fix,
                    is_retryable=True,
                ) from error
            for name in gone:
                known.get(Place.of(name), set()).discard(name)
            for letter in letters:
                known.setdefault(letter.place, set()).add(letter.name)

    def drop(self, names: Iterable[bytes]) -> int:
        """Forget letters; how many there were."""
        with self._lock:
            known = self._known()
            found = [name for name in names if name in known.get(Place.of(name), ())]
        self.write((), found)
        return len(found)

    def keep(self, sink: str, view: str, generations: Collection[int]) -> None:
        """Forget the letters of a sink's other generations."""
        with self._lock:
            gone = [
                name
                for place, names in self._known().items()
                if (place.sink, place.view) == (sink, view) and place.generation not in generations
                for name in names
            ]
        self.write((), gone)

    def _known(self) -> dict[Place, set[bytes]]:
        if self._open is None:
            try:
                found = self._topic.read()
            except BrokerError as error:
                raise SinkError(
                    f"The dead letters cannot be read: {error.message}",
                    fix=error.fix,
                    is_retryable=True,
                ) from error
            self._open = _by_place(found)
        return self._open


def _by_place(records: Mapping[bytes, bytes]) -> dict[Place, set[bytes]]:
    places: dict[Place, set[bytes]] = {}
    for name in records:
        places.setdefault(Place.of(name), set()).add(name)
    return places
