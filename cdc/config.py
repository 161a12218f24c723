"""Configuration of capture: the source, the broker, the topics. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdc.contract.topics import TopicSettings

ON_LOST = ("stop", "refill")
ON_WAL_FULL = ("warn", "drop-slot")
WAL_WARN_BYTES = 4 * 2**30


class Secret(str):
    """A string that may hold a password. `repr` shows `***`; `str` is the value, which
    `scrubber.py` removes from all text that leaves the process."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True, slots=True)
class Source:
    """A database to capture.

    `name`: the prefix of its topics. `tables`: names or patterns (`public.orders`, `public.item*`).
    `dsn`: a libpq connection string. `ddl`: how changes of definitions are noticed: `poll` the
    catalogue every second, or `events` by event triggers, at their position in the log. `keys`:
    table -> key columns, for tables without a primary key; they need REPLICA IDENTITY FULL.
    `on_lost`: what to do where the log after the newest cut is lost. `wal_warn_bytes`,
    `wal_keep_max_bytes`: how much log the slot may keep before a warning, and before `on_wal_full`;
    0 for no limit. `silence_max_s`: the server's silence after which the connection counts as
    broken."""

    name: str
    dsn: Secret
    tables: tuple[str, ...]
    type: str = "postgresql"
    slot: str = ""
    publication: str = ""
    snapshot_connections: int = 2
    heartbeat_interval_s: float = 0.5
    commit_interval_ms: int = 20
    transaction_rows_max: int = 20_000
    on_lost: str = "stop"
    slot_timeout_s: float = 600.0
    silence_max_s: float = 60.0
    wal_warn_bytes: int = WAL_WARN_BYTES
    wal_keep_max_bytes: int = 0
    on_wal_full: str = "warn"
    ddl: str = "poll"
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def slot_name(self) -> str:
        return self.slot or f"rederive_{self.name}"

    @property
    def publication_name(self) -> str:
        return self.publication or f"rederive_{self.name}"


@dataclass(frozen=True, slots=True)
class Kafka:
    """The broker: librdkafka settings (values may be secret), and settings of our topics."""

    settings: Mapping[str, Secret]
    topics: TopicSettings = field(default_factory=TopicSettings)

    @property
    def address(self) -> str:
        return str(self.settings.get("bootstrap.servers", ""))
