"""A dead letter: one row that a sink's target refuses, as it stands in the topic.

The record's key names the place (sink, view, generation, the row's key), so that a newer version of
the row takes the place of an older one, and a tombstone says that the row is no longer refused.
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
        """The record's key for the row with this key, given as a JSON object. A very long one is
        told by its digest: Kafka's records are bounded."""
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
        """Where the record of that key belongs."""
        told = orjson.loads(name)
        return cls(str(told["sink"]), str(told["view"]), int(told["generation"]))


def id_of(name: bytes) -> str:
    """The short form of a record's key, by which commands name the letter."""
    return hashlib.sha256(name).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Letter:
    """`key` and `document` are JSON texts of the row's key and of the whole row, which has
    `size_bytes`. `cut`: the position in the source's log at which the row was refused; `at_ms`:
    when."""

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
        """The record's value, with null for what Kafka does not take. Numbers stay as they were
        written."""
        is_long = len(self.key) > KEY_BYTES_MAX
        told: dict[str, Any] = {
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
        return orjson.dumps(told)
