"""The cut record: capture's checkpoint, at which a reader can stop between two transactions.

In every partition, the records before the cut's end offset are exactly the transactions that
committed before `lsn`. The cut is the last record of its Kafka transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from cdc.errors import ContractError
from cdc.position import Lsn


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Progress of a copy: `rows` written, `tables_done` of `tables`. `is_refill`: these tables are
    published again while the stream goes on; else it is the first copy of all."""

    rows: int
    tables_done: tuple[str, ...]
    tables: tuple[str, ...]
    is_refill: bool = False

    @property
    def is_complete(self) -> bool:
        return set(self.tables) <= set(self.tables_done)


@dataclass(frozen=True, slots=True)
class History:
    """The log that positions belong to. Positions of two histories cannot be compared.

    `server`, `timeline`: the source's own identifiers; "" and 0 in older records. `version_base`:
    added to a position to get a version, so that versions rise even where positions start over.
    """

    server: str = ""
    timeline: int = 0
    version_base: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """A position plus the end offset of every partition at that position.

    `lsn`: a transaction is inside the cut if its commit record begins before `lsn` (a row's
    `commit_lsn` < the cut's `lsn`). `committed_at_us`: the source's commit time, microseconds since
    1970, 0 where unknown. `published_at_ms`: capture's clock, milliseconds since 1970. `offsets`:
    topic -> for each partition the offset after its last record of the cut (table topics and the
    schemas topic). `snapshot`: the progress of an incomplete copy; no reader may publish at this
    cut. None if complete. `schemas_id`: identifies the schemas topic, "" in old records.
    """

    source: str
    lsn: Lsn
    committed_at_us: int
    published_at_ms: int
    offsets: Mapping[str, tuple[int, ...]]
    snapshot: Snapshot | None = None
    schemas_id: str = ""
    history: History = History()

    @property
    def version(self) -> int:
        """Orders cuts, and the writes that a sink receives. It rises from cut to cut, even where a
        restored source's positions fell."""
        return self.version_of(self.lsn)

    def version_of(self, lsn: Lsn) -> int:
        """The version of a cut at this position of the same history."""
        return self.history.version_base + int(lsn)

    def version_at(self, position: str) -> int:
        """As `version_of`, for a position's text. Raises ContractError for any other text."""
        return self.version_of(Lsn.parse(position))

    def to_json(self) -> bytes:
        """The record's value."""
        snapshot = self.snapshot and {
            "rows": self.snapshot.rows,
            "tables_done": list(self.snapshot.tables_done),
            "tables": list(self.snapshot.tables),
            "is_refill": self.snapshot.is_refill,
        }
        return orjson.dumps(
            {
                "source": self.source,
                "lsn": str(self.lsn),
                "committed_at_us": self.committed_at_us,
                "published_at_ms": self.published_at_ms,
                "offsets": {topic: list(ends) for topic, ends in self.offsets.items()},
                "snapshot": snapshot,
                "schemas_id": self.schemas_id,
                "history": {
                    "server": self.history.server,
                    "timeline": self.history.timeline,
                    "version_base": self.history.version_base,
                },
            }
        )

    @classmethod
    def from_json(cls, value: bytes | str) -> Cut:
        """The inverse of `to_json`; raises ContractError for anything else."""
        try:
            raw = orjson.loads(value)
            snapshot = raw["snapshot"] and Snapshot(
                raw["snapshot"]["rows"],
                tuple(raw["snapshot"]["tables_done"]),
                tuple(raw["snapshot"]["tables"]),
                raw["snapshot"].get("is_refill", False),
            )
            history = raw.get("history") or {}
            return cls(
                source=raw["source"],
                lsn=Lsn.parse(raw["lsn"]),
                committed_at_us=raw["committed_at_us"],
                published_at_ms=raw["published_at_ms"],
                offsets={topic: tuple(ends) for topic, ends in raw["offsets"].items()},
                snapshot=snapshot,
                schemas_id=raw.get("schemas_id", ""),
                history=History(
                    history.get("server", ""),
                    history.get("timeline", 0),
                    history.get("version_base", 0),
                ),
            )
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise ContractError(
                f"A record of the cuts topic is not a cut: {value[:80]!r}"
            ) from error
