"""Checks of everything that capture needs of source and broker, before it makes anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from confluent_kafka import KafkaException

from cdc.broker import Topics, narrow_topics, transactional_producer, unfit_topics
from cdc.broker_errors import translated
from cdc.check import Check
from cdc.checkpoint import Checkpoint, read_checkpoint
from cdc.config import Kafka, Source
from cdc.contract.topics import cuts_topic, folded, schemas_topic, table_topic
from cdc.errors import RederiveError
from cdc.ready_topics import changed_topics
from cdc.sources.postgres.checks.preflight import check_source

PROBE_TIMEOUT_S = 15.0
REQUEST_BYTES_DEFAULT = 104_857_600
REQUEST_OVERHEAD_BYTES = 65_536


def preflight(source: Source, kafka: Kafka) -> list[Check]:
    """One check for each fact. Changes nothing, and raises nothing for a failed check."""
    broker = check_kafka(source, kafka)
    if any(check.is_fatal for check in broker if check.name == "kafka"):
        return [*check_source(source), *broker]
    checkpoint = _checkpoint(source, kafka)
    if isinstance(checkpoint, Check):
        return [*check_source(source), *broker, checkpoint]
    checks = check_source(source, checkpoint.cut, checkpoint.schemas)
    broker += [*_twins(source, kafka, checks), *_changed_topics(source, kafka)]
    return [*checks, *broker, _transactions(source, kafka)]


def _twins(source: Source, kafka: Kafka, checks: list[Check]) -> Iterator[Check]:
    """Topics to be made whose names Kafka confuses with those of existing ones."""
    existing = Topics(kafka).partitions()
    by_fold = {folded(topic): topic for topic in existing}
    names = [check.name.removeprefix("table ") for check in checks if check.ok]
    tables = [table_topic(source.name, name) for name in names]
    for topic in (cuts_topic(source.name), schemas_topic(source.name), *tables):
        other = by_fold.get(folded(topic), topic)
        if topic not in existing and other != topic:
            yield Check(f"topic {topic}", False, f"topic {topic} cannot be made beside {other}: to "
                        "Kafka's metrics . and _ are the same", f"delete topic {other}, or give "
                        "the source another name")  # fmt: skip


def _checkpoint(source: Source, kafka: Kafka) -> Checkpoint | Check:
    """Where capture left off; an empty checkpoint where nothing was captured."""
    try:
        existing = Topics(kafka).partitions()
        if not {cuts_topic(source.name), schemas_topic(source.name)} <= existing.keys():
            return Checkpoint(None, {})
        return read_checkpoint(kafka, source.name)
    except RederiveError as error:
        return Check("checkpoint", False, error.message, error.fix)


def check_kafka(source: Source, kafka: Kafka) -> list[Check]:
    """The broker's checks; only the failed connection where it cannot be reached."""
    try:
        topics = Topics(kafka)
        existing = topics.partitions()
        checks = [Check("kafka", True, f"Kafka at {kafka.address} answers")]
        checks += _topics(source, kafka, topics, existing)
        return [*checks, *_request_size(kafka, topics)]
    except RederiveError as error:
        return [Check("kafka", False, error.message, error.fix)]


def _transactions(source: Source, kafka: Kafka) -> Check:
    """Tries a transaction under an id of its own, which fences no running capture."""
    try:
        probe = transactional_producer(kafka, f"{source.name}.preflight")
        probe.init_transactions(PROBE_TIMEOUT_S)
    except KafkaException as error:
        failure = translated(kafka, "begin transactions in", error.args[0])
        return Check("transactions", False, failure.message, failure.fix)
    except RederiveError as error:
        return Check("transactions", False, error.message, error.fix)
    return Check("transactions", True, "Kafka grants transactions")


def _changed_topics(source: Source, kafka: Kafka) -> list[Check]:
    """Topics that no longer hold what the newest cut says."""
    try:
        topics = Topics(kafka)
        names = [name for name in topics.partitions() if name.startswith(f"{source.name}.")]
        present = topics.identities(names)
        checkpoint = read_checkpoint(kafka, source.name, present)
        changes = changed_topics(topics, source.name, checkpoint, present)
    except RederiveError as error:
        return [Check("checkpoint", False, error.message, error.fix)]
    if kafka.topics.on_changed == "refill":
        fix = "nothing to do: capture refills its table when it starts"
        level: Literal["error", "warning"] = "warning"
    else:
        fix = 'set on_changed = "refill" under [kafka.topics], or `rederive capture --resnapshot`'
        level = "error"
    return [
        Check(f"topic {name}", False, f"topic {name} {change}", fix, level)
        for name, change in changes.items()
    ]


def _topics(source: Source, kafka: Kafka, topics: Topics, existing: dict[str, int]) -> list[Check]:
    ours = [name for name in existing if name.startswith(f"{source.name}.")]
    faults = unfit_topics(topics, ours, kafka)
    checks = [
        Check(f"topic {name}", False, f"topic {name} is not fit: {fault}", _fix(name, fault, kafka))
        for name, fault in faults.items()
    ]
    for name in (cuts_topic(source.name), schemas_topic(source.name)):
        if existing.get(name, 1) != 1:
            checks.append(Check(
                f"topic {name}", False, f"topic {name} has {existing[name]} partitions, not 1",
                "delete the topic, then `rederive capture --resnapshot`",
            ))  # fmt: skip
    checks += [
        Check(
            f"topic {name}", False,
            f"topic {name} takes records of {limit} bytes, below max_message_bytes",
            "nothing to do where this user may alter topics: capture raises it when it starts",
            "warning",
        )
        for name, limit in narrow_topics(topics, ours, kafka).items()
    ]  # fmt: skip
    if not checks:
        message = f"{len(ours)} topics are compacted" if ours else "topics are made by capture"
        checks.append(Check("topics", True, message))
    return checks


def _request_size(kafka: Kafka, topics: Topics) -> list[Check]:
    """Whether the broker accepts the largest request: if not, it closes the connection without an
    error. Checked only for large limits, as the query needs a right of its own."""
    wanted = kafka.topics.max_message_bytes
    if wanted <= REQUEST_BYTES_DEFAULT - REQUEST_OVERHEAD_BYTES:
        return []
    allowed = topics.request_bytes_max()
    if wanted <= allowed - REQUEST_OVERHEAD_BYTES:
        return []
    return [Check(
        "max_message_bytes", False,
        f"records of max_message_bytes = {wanted} do not pass: the broker takes requests of "
        f"{allowed} bytes only",
        f"raise the broker's socket.request.max.bytes to {wanted + REQUEST_OVERHEAD_BYTES} or more",
    )]  # fmt: skip


def _fix(topic: str, fault: str, kafka: Kafka) -> str:
    setting = fault.split()[0]
    value = kafka.topics.as_kafka()[setting]
    return f"kafka-configs --alter --topic {topic} --add-config {setting}={value}"
