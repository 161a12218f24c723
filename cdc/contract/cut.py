"""The cut record: capture's checkpoint, and what lets a reader stop between two transactions.

A cut says: in every partition, what lies before these end offsets is exactly the source's
transactions that committed before `lsn`. It is the last record of its Kafka transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from cdc.errors import ContractError
from cdc.position import Lsn


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Progress of a copy: `rows` already written, tables finished, all of them. `is_refill`: of
    these tables alone while the stream goes on, else the first copy of everything."""

    rows: int
    tables_done: tuple[str, ...]
    tables: tuple[str, ...]
    is_refill: bool = False

    @property
    def is_complete(self) -> bool:
        return set(self.tables) <= set(self.tables_done)


@dataclass(frozen=True, slots=True)
class History:
    """The log that positions belong to: positions of two histories cannot be compared.

    `server`: the source's own identifier of the server, `timeline`: which of its logs; "" and 0
    where an older record does not tell. `version_base`: what is added to a position to get a
    version, so that versions go on rising where the positions begin anew.
    """

    server: str = ""
    timeline: int = 0
    version_base: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """A position plus the end offset of every partition at that position.

    `lsn`: a transaction is inside the cut exactly where its commit record begins before `lsn`
    (a row's `commit_lsn` < the cut's `lsn`). `committed_at_us`: the source's commit time in
    microseconds since 1970, 0 where unknown. `published_at_ms`: capture's clock, milliseconds.
    `offsets`: topic -> for each partition the offset after the last record that belongs to the
    cut (table topics and the schemas topic). `snapshot`: None once the snapshot is complete; while
    it is set the topics are not yet a whole copy, and no reader may publish at this cut.
    `schemas_id` identifies the schemas topic, empty in old records. `history`: the log that `lsn`
    is a position of.
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
        """The integer that orders cuts, and the writes a sink receives: it rises from cut to cut,
        also where the source was restored from a backup and its positions fell."""
        return self.version_of(self.lsn)

    def version_of(self, lsn: Lsn) -> int:
        """The version that a cut at this position of the same history has."""
        return self.history.version_base + int(lsn)

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
        """Read a record's value; raises ContractError where it is not a cut."""
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
