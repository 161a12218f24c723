"""Where capture left off: the newest committed cut, and every table's newest schema.

Read after `init_transactions` has ended a former writer's transaction, so that the end of a topic
is final.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import Consumer

from cdc.broker import checkpoint_consumer
from cdc.broker_errors import broker_errors
from cdc.config import Kafka
from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic
from cdc.tail import newest_cut, newest_schemas


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`cut`: None where nothing was captured. `schemas`: by `schema.table`."""

    cut: Cut | None
    schemas: dict[str, TableSchema]


def read_checkpoint(
    kafka: Kafka, source: str, existing: Collection[str] | None = None
) -> Checkpoint:
    """Read both topics to their committed ends. A topic must exist unless it is missing from
    `existing`. Raises BrokerError."""
    with _reading(kafka) as client:
        has_cuts = existing is None or cuts_topic(source) in existing
        has_schemas = existing is None or schemas_topic(source) in existing
        return Checkpoint(
            newest_cut(client, source) if has_cuts else None,
            newest_schemas(client, source) if has_schemas else {},
        )


def read_cut(kafka: Kafka, source: str) -> Cut | None:
    """The newest committed cut; its topic must exist. Raises BrokerError."""
    with _reading(kafka) as client:
        return newest_cut(client, source)


@contextmanager
def _reading(kafka: Kafka) -> Iterator[Consumer]:
    client = checkpoint_consumer(kafka)
    try:
        with broker_errors(kafka, "read the checkpoint from"):
            yield client
    finally:
        client.close()
