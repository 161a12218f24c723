"""Names and settings of the topics that one source writes.

shop.public.orders   one per table: key -> envelope, compacted, partitioned by murmur2 of the key
shop.cuts            source name -> cut, one partition, compacted
shop.schemas         table -> its schema, one partition, compacted
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MIN_COMPACTION_LAG_MS = 3_600_000
DELETE_RETENTION_MS = 7 * 24 * 3_600_000


def table_topic(source: str, table: str) -> str:
    """The topic of a table named `schema.table`."""
    return f"{source}.{table}"


def is_topic_name(name: str) -> bool:
    """Whether Kafka takes it as the name of a topic."""
    return re.fullmatch(r"[A-Za-z0-9._-]{1,249}", name) is not None


def folded(topic: str) -> str:
    """The topic as Kafka's metrics name it: of two names that fold to one it refuses the second."""
    return topic.replace(".", "_")


def cuts_topic(source: str) -> str:
    """The topic that holds a source's cuts."""
    return f"{source}.cuts"


def schemas_topic(source: str) -> str:
    """The topic that holds the schemas of a source's tables."""
    return f"{source}.schemas"


def transactional_id(source: str) -> str:
    """The producer identity that fences a second writer of the same source (KIP-98)."""
    return f"rederive.{source}"


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """How topics are created; `settings` are further topic settings of Kafka, taken as they are."""

    partitions: int = 6
    replication_factor: int = -1
    min_compaction_lag_ms: int = MIN_COMPACTION_LAG_MS
    delete_retention_ms: int = DELETE_RETENTION_MS
    settings: Mapping[str, str] = field(default_factory=dict)

    def as_kafka(self) -> dict[str, str]:
        """The topic settings in Kafka's own names (cleanup, compaction lag, delete retention)."""
        return {
            "cleanup.policy": "compact",
            "min.compaction.lag.ms": str(self.min_compaction_lag_ms),
            "delete.retention.ms": str(self.delete_retention_ms),
            **self.settings,
        }
