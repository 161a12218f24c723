"""Reads batches from topics, and their contents."""

from __future__ import annotations

import orjson

from cdc.contract.cut import Cut
from materializers.intake.batch import Batch
from materializers.intake.reader import Reader
from tests.materialize.topic_writer import TABLE


def ids(batch: Batch | None) -> list[int]:
    assert batch is not None
    records = batch.records.get(TABLE)
    return sorted(orjson.loads(key)["id"] for key in records.keys) if records else []


def read(reader: Reader, after: Cut | None = None, **options: int) -> Batch:
    batch = reader.read(20, after=after, **options)
    assert batch is not None
    return batch
