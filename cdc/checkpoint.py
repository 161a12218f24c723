"""Where capture left off: the newest committed cut, and every table's newest schema.

Read after the transactions of a former writer are ended (`init_transactions`), so that the end of
a topic is the last thing that was committed.
"""

from __future__ import annotations

from dataclasses import dataclass

from cdc.broker import broker_errors, checkpoint_consumer
from cdc.config import Kafka
from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.tail import newest_cut, newest_schemas


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`cut` is None where nothing was ever captured; `schemas` by `schema.table`."""

    cut: Cut | None
    schemas: dict[str, TableSchema]


def read_checkpoint(kafka: Kafka, source: str) -> Checkpoint:
    """Read both topics to their committed ends; they must exist. Raises BrokerError."""
    client = checkpoint_consumer(kafka)
    try:
        with broker_errors(kafka, "read the checkpoint from"):
            return Checkpoint(newest_cut(client, source), newest_schemas(client, source))
    finally:
        client.close()
