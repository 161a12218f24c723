"""Names and settings of a source's topics. All are compacted.

shop.public.orders   one per table: key -> envelope, partitioned by murmur2 of the key
shop.cuts            source name -> cut, one partition
shop.schemas         table -> its schema, one partition
shop.dead-letters    rows that sinks' targets refuse, one partition; created when needed
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

PARTITION_BYTES = 2 * 2**30
PARTITIONS_MAX = 6
MIN_COMPACTION_LAG_MS = 3_600_000
DELETE_RETENTION_MS = 7 * 24 * 3_600_000
MAX_MESSAGE_BYTES = 16 * 2**20
MESSAGE_BYTES_LIMIT = 1_000_000_000
"""The largest record that librdkafka can be configured for."""
_BATCH_OVERHEAD_BYTES = 1024
"""The broker limits the batch around a record, our client the record."""
_QUEUE_KB_MIN = 49_152
_RECEIVE_BYTES_MIN = 100_000_000
_FETCH_BYTES = 52_428_800


def table_topic(source: str, table: str) -> str:
    """The topic of a table named `schema.table`."""
    return f"{source}.{table}"


def is_topic_name(name: str) -> bool:
    """Whether Kafka accepts it as a topic's name."""
    return re.fullmatch(r"[A-Za-z0-9._-]{1,249}", name) is not None


def folded(topic: str) -> str:
    """The topic's name in Kafka's metrics. Kafka refuses a topic that folds to another's."""
    return topic.replace(".", "_")


def cuts_topic(source: str) -> str:
    """The topic that holds a source's cuts."""
    return f"{source}.cuts"


def schemas_topic(source: str) -> str:
    """The topic that holds the schemas of a source's tables."""
    return f"{source}.schemas"


def dead_letters_topic(source: str) -> str:
    """The topic of the rows that sinks of a source's views refuse."""
    return f"{source}.dead-letters"


def transactional_id(source: str) -> str:
    """The producer's id, which fences a second writer of the same source (KIP-98)."""
    return f"rederive.{source}"


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """Settings of new topics. `partitions`: of a table's topic; 0 for as many as its size warrants.
    `settings`: further topic settings of Kafka, passed on unchanged.

    `max_message_bytes`: the largest record, key and value. `on_changed`: what capture does if a
    topic is gone, was recreated or has other partitions: `stop`, or `refill` its table.
    """

    partitions: int = 0
    replication_factor: int = -1
    min_compaction_lag_ms: int = MIN_COMPACTION_LAG_MS
    delete_retention_ms: int = DELETE_RETENTION_MS
    settings: Mapping[str, str] = field(default_factory=dict)
    max_message_bytes: int = MAX_MESSAGE_BYTES
    on_changed: str = "stop"

    def partitions_of(self, table_bytes: int) -> int:
        """The number of partitions of a new topic, for a table of about this size. Each partition
        that a transaction writes to costs the broker a request and a control record, so only large
        tables have several."""
        by_size = min(PARTITIONS_MAX, 1 + table_bytes // PARTITION_BYTES)
        return self.partitions or by_size

    def as_kafka(self) -> dict[str, str]:
        """The topic settings, by Kafka's names."""
        return {
            "cleanup.policy": "compact",
            "min.compaction.lag.ms": str(self.min_compaction_lag_ms),
            "delete.retention.ms": str(self.delete_retention_ms),
            "max.message.bytes": str(self.max_message_bytes),
            **self.settings,
        }

    def fault_of(self, settings: Mapping[str, str]) -> str:
        """What is wrong with these settings of a topic, or "". Begins with the first setting that
        breaks the contract."""
        policy = settings.get("cleanup.policy", "")
        if "compact" not in policy:
            return f"cleanup.policy is {policy}, not compact"
        if "delete" in policy:
            return "cleanup.policy deletes old records too"
        for setting in ("min.compaction.lag.ms", "delete.retention.ms"):
            wanted = int(self.as_kafka()[setting])
            if int(settings.get(setting, 0)) < wanted:
                return f"{setting} is {settings.get(setting)}, below {wanted}"
        return ""

    def as_producer(self) -> dict[str, int]:
        """Settings of a producer of the largest records, by librdkafka's names."""
        return {
            "message.max.bytes": self.max_message_bytes - _BATCH_OVERHEAD_BYTES,
            # The queue must hold a whole record.
            "queue.buffering.max.kbytes": max(_QUEUE_KB_MIN, self.max_message_bytes // 512),
        }

    def as_consumer(self) -> dict[str, int]:
        """Settings of a consumer of the largest records, by librdkafka's names."""
        response = self.max_message_bytes + _FETCH_BYTES
        return {"receive.message.max.bytes": max(_RECEIVE_BYTES_MIN, response)}
