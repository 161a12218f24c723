"""Where partitions end after a transaction, counted from what it produced and the broker delivered.

Kafka numbers the records of a partition one after another, and ends a transaction with one control
record in each partition written to (KIP-98). So the only writer of a partition knows which offset
its next record will get, and can name the ends before anything is delivered. Such a count is never
relied on: the delivery reports must confirm it before the transaction is committed. A delivery
report costs about a microsecond, so only a transaction of up to RECORDS_MAX records is counted.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from cdc.broker import Identity

RECORDS_MAX = 1_000
Ends = dict[str, tuple[int, ...]]
_Place = tuple[str, int]


class CountedEnds:
    """Counts the records of one producer, transaction by transaction.

    `produce`: librdkafka's. `identities`: the topics written to. `uncountable`: topics that others
    write to; `wrong_topics` adds to it.
    """

    def __init__(
        self,
        produce: Callable[..., None],
        identities: Mapping[str, Identity],
        uncountable: set[str],
    ) -> None:
        self._produce, self._identities = produce, identities
        self._uncountable = uncountable
        self._next: dict[_Place, int] = {}
        self._left = RECORDS_MAX
        self._produced: dict[_Place, int] = {}
        self._delivered: dict[_Place, int] = {}
        self._last: dict[_Place, int] = {}
        self.has_failures = False
        """Whether a record of this transaction was not delivered: its commit will fail."""

    @property
    def is_counting(self) -> bool:
        """Whether all records of the transaction were counted, and the next one will be."""
        return self._left > 0

    def produce(self, topic: str, value: bytes | None, key: bytes) -> None:
        """Produce a record, and count it unless there are too many. Raises as librdkafka does."""
        identity = self._identities.get(topic)
        if self._left <= 0 or identity is None:
            self._left = 0
            return self._produce(topic, value, key)
        count = identity.partitions
        place = topic, murmur2(key) % count if count > 1 else 0
        self._produce(topic, value, key, place[1], on_delivery=self._note)
        self._produced[place] = self._produced.get(place, 0) + 1
        self._left -= 1

    def _note(self, error: Any, message: Any) -> None:
        """librdkafka calls it for each record, within a partition in their order."""
        if error is not None:
            self.has_failures = True
            return
        place = message.topic(), message.partition()
        self._delivered[place] = self._delivered.get(place, 0) + 1
        self._last[place] = message.offset()

    # ------------------------------------------------------------------ the transaction's ends

    def predicted(self, touched: set[str], ends: Mapping[str, tuple[int, ...]]) -> Ends | None:
        """The ends of the topics written to, whether or not all is delivered. `ends`: those of the
        last cut. None where they cannot be known."""
        if self._uncountable & touched or not self._are_counted(touched, ends):
            return None
        if not self._produced.keys() <= self._next.keys():
            return None
        return _replaced(ends, {p: self._next[p] + n for p, n in self._produced.items()})

    def delivered(self, touched: set[str], ends: Mapping[str, tuple[int, ...]]) -> Ends | None:
        """The same by the delivery reports, once all records are delivered. None where these do not
        tell."""
        if not self._are_counted(touched, ends) or self.unplaced_topics():
            return None
        return _replaced(ends, {p: self._last[p] + 1 for p in self._produced})

    def _are_counted(self, touched: set[str], ends: Mapping[str, tuple[int, ...]]) -> bool:
        topics = {topic for topic, _ in self._produced}
        return self.is_counting and touched == topics and topics <= ends.keys()

    def unplaced_topics(self) -> set[str]:
        """Topics with a delivered record whose offset is not reported: a repeated request was
        answered as a duplicate."""
        return {place[0] for place in self._produced if not self._is_placed(place)}

    def wrong_topics(self) -> set[str]:
        """Topics whose records were delivered to other offsets than predicted."""
        wrong = {
            place[0]
            for place, count in self._produced.items()
            if self._is_placed(place) and self._last[place] + 1 != self._next[place] + count
        }
        self._uncountable |= wrong
        return wrong

    def _is_placed(self, place: _Place) -> bool:
        is_whole = self._delivered.get(place, 0) == self._produced[place]
        return is_whole and self._last[place] >= 0

    # ------------------------------------------------------------------ the next transaction

    def committed(self, touched: set[str]) -> None:
        """Count anew: the transaction, which wrote to these topics, is committed."""
        if not self.is_counting:
            self._next = {p: offset for p, offset in self._next.items() if p[0] not in touched}
        else:
            for place in self._produced:
                self._next.pop(place, None)
                if self._is_placed(place):
                    # Behind the last record lies the transaction's control record.
                    self._next[place] = self._last[place] + 2
        self._left = RECORDS_MAX
        self._produced, self._delivered, self._last = {}, {}, {}


def _replaced(ends: Mapping[str, tuple[int, ...]], newer: Mapping[_Place, int]) -> Ends:
    return {
        topic: tuple(newer.get((topic, n), end) for n, end in enumerate(ends[topic]))
        for topic in {topic for topic, _ in newer}
    }


def murmur2(key: bytes) -> int:
    """Kafka's hash of a key, made positive: modulo the number of partitions it gives the key's one.
    The same as librdkafka's partitioner `murmur2_random`."""
    length, mask, factor = len(key), 0xFFFFFFFF, 0x5BD1E995
    value = 0x9747B28C ^ length
    for (word,) in struct.iter_unpack("<I", key[: length & ~3]):
        word = word * factor & mask
        value = value * factor & mask ^ (word ^ word >> 24) * factor & mask
    if rest := key[length & ~3 :]:
        value = (value ^ int.from_bytes(rest, "little")) * factor & mask
    value = (value ^ value >> 13) * factor & mask
    return (value ^ value >> 15) & 0x7FFFFFFF
