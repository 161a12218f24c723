"""What capture needs to know: the source, the broker, the topics. Values only, no reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdc.contract.topics import TopicSettings

ON_LOST = ("stop", "refill")
ON_WAL_FULL = ("warn", "drop-slot")
WAL_WARN_BYTES = 4 * 2**30


class Secret(str):
    """A string that may hold a password: `repr` shows `***`, `str` gives it whole. What it shows of
    itself all the same is taken out where texts leave the process (`scrubber.py`)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True, slots=True)
class Source:
    """A database to capture. `name` is the topics' prefix; `tables` are names or patterns
    (`public.orders`, `public.item*`); `dsn` is a libpq connection string. `ddl`: how changes of
    tables' definitions are noticed, by looking every second (`poll`), or told by event triggers at
    their place in the log (`events`). `keys`: the columns that tell the rows of a table without a
    primary key apart, by its name; it must have REPLICA IDENTITY FULL.

    `on_lost`: what to do where the log no longer holds what follows the newest cut.
    `wal_warn_bytes` and `wal_keep_max_bytes`: how much log may be kept for the slot before it is
    said, and before `on_wal_full` is done; 0 for no bound. `silence_max_s`: how long the server
    may say nothing before the connection counts as broken."""

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
    """The broker: librdkafka settings as they are (values may be secret), and our topics'."""

    settings: Mapping[str, Secret]
    topics: TopicSettings = field(default_factory=TopicSettings)

    @property
    def address(self) -> str:
        return str(self.settings.get("bootstrap.servers", ""))
