"""All open dead letters of a pipeline: which rows of which generation are set aside.

The topic is the truth and is read once; what is written to it is known here too, so that a step can
tell which of its keys are no longer refused. Deliveries share it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from cdc.errors import BrokerError
from materializers.delivery.dead_letters.letter import Letter, Place
from materializers.errors import SinkError

UNREAD_S = 5.0
"""For how long a topic that could not be read is not asked again."""


class Letters(Protocol):
    """Where letters are kept. Reading and writing raise BrokerError."""

    def read(self) -> Mapping[bytes, bytes]:
        """Every letter that is open: its name, and itself as JSON."""

    def write(self, letters: Iterable[Letter], gone: Iterable[bytes]) -> None:
        """Keep letters in place of older ones of their names, and no longer keep those of the names
        `gone`. Durable when it returns."""

    def close(self) -> None:
        """Release clients; they are made anew when needed."""


class DeadLetters:
    """Safe for several threads. What goes wrong with Kafka is a SinkError that may pass by itself:
    the sink waits, and its cut with it."""

    def __init__(self, topic: Letters) -> None:
        self._topic = topic
        self._writing, self._knowing = threading.Lock(), threading.Lock()
        self._open: dict[Place, set[bytes]] | None = None
        self._unread: SinkError | None = None
        self._unread_until = 0.0

    def of(self, place: Place) -> frozenset[bytes]:
        """The names of a generation's open letters."""
        with self._knowing:
            return frozenset(self._known().get(place, ()))

    def count(self, place: Place) -> int:
        """How many rows of a generation are set aside, as far as is known without asking Kafka."""
        return len((self._open or {}).get(place, ()))

    def write(self, letters: Collection[Letter], gone: Collection[bytes] = ()) -> None:
        """Set rows aside, and let others be set aside no longer: durable when it returns."""
        if not letters and not gone:
            return
        with self._writing:
            try:
                self._topic.write(letters, gone)
            except BrokerError as error:
                raise _passing("A row cannot be set aside", error) from error
            with self._knowing:
                known = self._known()
                for name in gone:
                    known.get(Place.of(name), set()).discard(name)
                for letter in letters:
                    known.setdefault(letter.place, set()).add(letter.name)

    def drop(self, names: Iterable[bytes]) -> int:
        """Forget letters; how many there were."""
        with self._knowing:
            known = self._known()
            found = [name for name in names if name in known.get(Place.of(name), ())]
        self.write((), found)
        return len(found)

    def keep(self, sink: str, view: str, generations: Collection[int]) -> None:
        """Forget the letters of a sink's other generations."""
        with self._knowing:
            gone = [
                name
                for place, names in self._known().items()
                if (place.sink, place.view) == (sink, view) and place.generation not in generations
                for name in names
            ]
        self.write((), gone)

    def _known(self) -> dict[Place, set[bytes]]:
        """Asks Kafka once. Where it does not answer, whoever asks next does not wait for it too."""
        if self._open is not None:
            return self._open
        if self._unread is not None and time.monotonic() < self._unread_until:
            raise self._unread
        try:
            self._open = _by_place(self._topic.read())
        except BrokerError as error:
            self._unread = _passing("The dead letters cannot be read", error)
            self._unread_until = time.monotonic() + UNREAD_S
            raise self._unread from error
        return self._open

    def close(self) -> None:
        """End the clients of Kafka; they are made anew when needed."""
        with self._writing:
            self._topic.close()


def _passing(what: str, error: BrokerError) -> SinkError:
    return SinkError(f"{what}: {error.message}", fix=error.fix, is_retryable=True)


def _by_place(records: Mapping[bytes, bytes]) -> dict[Place, set[bytes]]:
    places: dict[Place, set[bytes]] = {}
    for name in records:
        places.setdefault(Place.of(name), set()).add(name)
    return places
