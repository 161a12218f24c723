"""Everything a correct run needs of the source and the broker, checked before anything is made."""

from __future__ import annotations

from collections.abc import Iterator

from cdc.broker import Topics, transactional_producer, unfit_topics
from cdc.check import Check
from cdc.checkpoint import Checkpoint, read_checkpoint
from cdc.config import Kafka, Source
from cdc.contract.topics import cuts_topic, folded, schemas_topic, table_topic
from cdc.errors import RederiveError
from cdc.sources.postgres.preflight import check_source

PROBE_TIMEOUT_S = 15.0


def preflight(source: Source, kafka: Kafka) -> list[Check]:
    """One check for each fact. Changes nothing, and raises nothing for a fact that is amiss."""
    broker = check_kafka(source, kafka)
    if any(check.is_fatal for check in broker if check.name == "kafka"):
        return [*check_source(source), *broker]
    checkpoint = _checkpoint(source, kafka)
    if isinstance(checkpoint, Check):
        return [*check_source(source), *broker, checkpoint]
    checks = check_source(source, checkpoint.cut, checkpoint.schemas)
    return [*checks, *broker, *_twins(source, kafka, checks), _transactions(source, kafka)]


def _twins(source: Source, kafka: Kafka, checks: list[Check]) -> Iterator[Check]:
    """Topics still to be made whose names Kafka takes for those of topics that exist."""
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
    """Where capture left off; with neither cut nor schemas where there never was one."""
    try:
        existing = Topics(kafka).partitions()
        if not {cuts_topic(source.name), schemas_topic(source.name)} <= existing.keys():
            return Checkpoint(None, {})
        return read_checkpoint(kafka, source.name)
    except RederiveError as error:
        return Check("checkpoint", False, error.message, error.fix)


def check_kafka(source: Source, kafka: Kafka) -> list[Check]:
    """The broker's checks; where it cannot be reached, that one alone."""
    try:
        topics = Topics(kafka)
        existing = topics.partitions()
        checks = [Check("kafka", True, f"Kafka at {kafka.address} answers")]
        checks += _topics(source, kafka, topics, existing)
        return checks
    except RederiveError as error:
        return [Check("kafka", False, error.message, error.fix)]


def _transactions(source: Source, kafka: Kafka) -> Check:
    """Taking part in transactions under a name of its own, so that no running capture is fenced."""
    probe = transactional_producer(kafka, f"{source.name}.preflight")
    try:
        probe.init_transactions(PROBE_TIMEOUT_S)
    except Exception as error:  # librdkafka raises several kinds; the text says which
        return Check(
            "transactions", False, f"Kafka does not grant transactions: {error}",
            "allow this user Write and Describe on transactional ids `rederive.*`",
        )  # fmt: skip
    return Check("transactions", True, "Kafka grants transactions")


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
                "delete the topic; capture creates it",
            ))  # fmt: skip
    if not checks:
        found = f"{len(ours)} topics are compacted" if ours else "topics are made by capture"
        checks.append(Check("topics", True, found))
    return checks


def _fix(topic: str, fault: str, kafka: Kafka) -> str:
    setting = fault.split()[0]
    value = kafka.topics.as_kafka()[setting]
    return f"kafka-configs --alter --topic {topic} --add-config {setting}={value}"
