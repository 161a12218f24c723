"""Checks that topics can be read from their beginning: compacted only, and with nothing lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cdc.config import Kafka
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import schemas_topic, table_topic
from materializers.errors import RebuildError, TopicMoved
from materializers.intake.tail import read_schemas
from materializers.intake.topic_facts import first_offsets, places_of, settings_of


def require_whole(kafka: Kafka, source: str, tables: Iterable[str]) -> None:
    """Raises RebuildError where a topic of these tables does not hold the whole table: its settings
    delete records, or its beginning is lost."""
    schemas = read_schemas(kafka, source)
    topics: dict[str, TableSchema | None] = {table_topic(source, t): schemas.get(t) for t in tables}
    topics[schemas_topic(source)] = None
    for topic, settings in settings_of(kafka, topics).items():
        if fault := kafka.topics.fault_of(settings):
            setting = fault.split()[0]
            wanted = kafka.topics.as_kafka()[setting]
            raise RebuildError(
                f"Topic {topic} is not fit to be read from its beginning: {fault}.",
                fix=f"kafka-configs --alter --topic {topic} --add-config {setting}={wanted}; where "
                "records are gone, `rederive capture refresh TABLE` refills the table",
            )
    begin: dict[str, list[int]] = {topic: [] for topic in topics}
    for topic, _ in places_of(kafka, topics):
        begin[topic].append(0)
    try:
        require_beginnings(kafka, topics, begin)
    except TopicMoved as error:
        raise RebuildError(error.message, fix=error.fix) from error


def require_beginnings(
    kafka: Kafka, topics: Mapping[str, TableSchema | None], begin: Mapping[str, Sequence[int]]
) -> dict[str, list[int]]:
    """The offsets to read each partition from: `begin`, or the first one there is. Raises
    TopicMoved where needed records are gone; those before the table was emptied are not needed."""
    places = [(topic, n) for topic, numbers in begin.items() for n in range(len(numbers))]
    first = first_offsets(kafka, places)
    offsets = {}
    for topic, numbers in begin.items():
        schema = topics[topic]
        emptied = schema.emptied.offsets if schema is not None and schema.emptied else ()
        for number, wanted in enumerate(numbers):
            needed = max(wanted, emptied[number] if number < len(emptied) else 0)
            if first[topic, number] > needed:
                raise _lost(topic, schema, first[topic, number])
        offsets[topic] = [max(wanted, first[topic, n]) for n, wanted in enumerate(numbers)]
    return offsets


def _lost(topic: str, schema: TableSchema | None, first: int) -> TopicMoved:
    what = f"refresh {schema.table}" if schema is not None else "--resnapshot"
    return TopicMoved(
        f"Topic {topic} begins at offset {first}: records before it that are needed are gone.",
        fix=f"set its cleanup.policy to compact, then `rederive capture {what}`",
    )
