"""All open dead letters of a pipeline: which rows of which generation are set aside.

The topic is authoritative. It is read once; later writes are recorded here too, so that a step can
tell which of its keys are no longer refused. Shared by all deliveries.
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
"""After a failed read, the topic is not read again for so long."""


class Letters(Protocol):
    """A store of letters. Reading and writing raise BrokerError."""

    def read(self) -> Mapping[bytes, bytes]:
        """Every open letter: name -> JSON."""

    def write(self, letters: Iterable[Letter], gone: Iterable[bytes]) -> None:
        """Store letters, replacing older ones of the same names, and remove those named `gone`.
        Durable on return."""

    def close(self) -> None:
        """Release clients; they are made again when needed."""


class DeadLetters:
    """Thread-safe. Errors of Kafka are raised as retryable SinkErrors: the sink waits at its
    cut."""

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
        """The number of rows of a generation set aside, as known without asking Kafka."""
        return len((self._open or {}).get(place, ()))

    def write(self, letters: Collection[Letter], gone: Collection[bytes] = ()) -> None:
        """Add letters and remove those named `gone`; durable on return."""
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
        """Remove letters; returns how many there were."""
        with self._knowing:
            known = self._known()
            present = [name for name in names if name in known.get(Place.of(name), ())]
        self.write((), present)
        return len(present)

    def keep(self, sink: str, view: str, generations: Collection[int]) -> None:
        """Remove the letters of a sink's other generations."""
        with self._knowing:
            gone = [
                name
                for place, names in self._known().items()
                if (place.sink, place.view) == (sink, view) and place.generation not in generations
                for name in names
            ]
        self.write((), gone)

    def _known(self) -> dict[Place, set[bytes]]:
        """The open letters, read once. After a failure, callers fail at once for UNREAD_S."""
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
        """Close the Kafka clients; they are made again when needed."""
        with self._writing:
            self._topic.close()


def _passing(what: str, error: BrokerError) -> SinkError:
    return SinkError(f"{what}: {error.message}", fix=error.fix, is_retryable=True)


def _by_place(records: Mapping[bytes, bytes]) -> dict[Place, set[bytes]]:
    places: dict[Place, set[bytes]] = {}
    for name in records:
        places.setdefault(Place.of(name), set()).add(name)
    return places
