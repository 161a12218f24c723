"""A dead letter: one row that a sink's target refuses, as a record of the topic.

The record's key is (sink, view, generation, the row's key): a newer version of the row replaces an
older one, and a tombstone says that the row is no longer refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

KEY_BYTES_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """A generation of a view in a sink."""

    sink: str
    view: str
    generation: int

    def name(self, key: str) -> bytes:
        """The record's key for the row whose key is this JSON object. A very long one is replaced
        by its digest, as Kafka's records are limited."""
        if len(key) > KEY_BYTES_MAX:
            digest = hashlib.sha256(key.encode()).hexdigest()
            key = f'{{"sha256":"{digest}"}}'
        return orjson.dumps(
            {
                "sink": self.sink,
                "view": self.view,
                "generation": self.generation,
                "key": orjson.Fragment(key),
            }
        )

    @classmethod
    def of(cls, name: bytes) -> Place:
        """The place in a record's key."""
        fields = orjson.loads(name)
        return cls(str(fields["sink"]), str(fields["view"]), int(fields["generation"]))


def id_of(name: bytes) -> str:
    """A short id for a record's key, used by commands."""
    return hashlib.sha256(name).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Letter:
    """`key`, `document`: JSON of the row's key and of the row, which has `size_bytes`. `cut`: the
    log position at which the row was refused; `at_ms`: the time, milliseconds since 1970."""

    place: Place
    key: str
    cut: str
    reason: str
    document: str
    size_bytes: int
    at_ms: int

    @property
    def name(self) -> bytes:
        return self.place.name(self.key)

    def to_json(self, with_document: bool = True) -> bytes:
        """The record's value, with null where a field is too long for Kafka. Numbers keep their
        digits."""
        is_long = len(self.key) > KEY_BYTES_MAX
        fields: dict[str, Any] = {
            "id": id_of(self.name),
            "sink": self.place.sink,
            "view": self.place.view,
            "generation": self.place.generation,
            "key": None if is_long else orjson.Fragment(self.key),
            "cut": self.cut,
            "reason": self.reason,
            "document_bytes": self.size_bytes,
            "at_ms": self.at_ms,
            "document": orjson.Fragment(self.document) if with_document else None,
        }
        return orjson.dumps(fields)
