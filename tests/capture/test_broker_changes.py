"""Topics deleted, created again or given partitions, while capture runs and while it does not:
capture never continues them as if they held the former records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from cdc.contract.schemas import TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic
from cdc.errors import PreflightError, RederiveError
from cdc.position import Lsn
from cdc.preflight import preflight
from cdc.publish import Publisher
from cdc.ready_topics import ready_topics
from tests.capture.changed_broker import ROWS, Broker, changes, refilling
from tests.capture.running import PARTITIONS, RunningCapture


@pytest.fixture
def table(capture: RunningCapture) -> RunningCapture:
    """Table `t` with some rows, captured once, and `other`, whose topic does not change."""
    capture.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        f"INSERT INTO t SELECT i, i FROM generate_series(1, {ROWS}) i",
        "CREATE TABLE other (id int PRIMARY KEY)",
    )
    return capture


def change_rows(capture: RunningCapture) -> None:
    """Change every row, so that every partition of the topic is written to, and an unrelated
    table."""
    capture.execute(
        "UPDATE t SET n = n + 1000 WHERE id > 5; DELETE FROM t WHERE id = 1",
        f"INSERT INTO t SELECT i, 0 FROM generate_series({ROWS} + 1, {ROWS} + 80) i;"
        " INSERT INTO other SELECT coalesce(max(id), 0) + 1 FROM other",
    )


def check_rows(capture: RunningCapture) -> None:
    """Assert that the topic has the table's rows, as its schema record counts them."""
    found = {row["id"]: row["n"] for row in capture.rows("t").values()}
    assert found == dict(capture.database.execute("SELECT id, n FROM t").fetchall())
    newest = capture.cuts()[-1]
    ends = newest.offsets[f"{capture.source.name}.public.t"]
    topic = capture.topic_client().identities([f"{capture.source.name}.public.t"])
    (identity,) = topic.values()
    assert len(ends) == identity.partitions
    assert capture.schemas()["public.t"].topic_id == identity.id


@changes
def test_stops_where_it_changed_while_running(
    table: RunningCapture, change: Callable[[Broker], None], told: str
) -> None:
    broker = Broker(table)
    with table:
        table.wait_until_following()
        table.catch_up()
        before = table.cuts()[-1]
        change(broker)
        change_rows(table)
        error = table.ended()
    assert isinstance(error, PreflightError)
    assert error.message == f"Topic {broker.topic} {told}."
    assert error.fix.startswith('refill its table: on_changed = "refill"')
    after = table.cuts()[-1]
    assert after.offsets[broker.topic] == before.offsets[broker.topic]
    assert table.confirmed() <= after.lsn


@changes
def test_stops_where_it_changed_while_stopped(
    table: RunningCapture, change: Callable[[Broker], None], told: str
) -> None:
    broker = Broker(table)
    with table:
        table.catch_up()
    change(broker)
    change_rows(table)
    for _ in range(2):
        with table:
            error = table.ended()
        assert isinstance(error, PreflightError)
        assert error.message == f"Topic {broker.topic} {told}."
    (fault,) = [c for c in preflight(table.source, table.kafka) if c.is_fatal]
    assert told in fault.message
    table.resnapshot = True
    with table:
        table.catch_up()
    check_rows(table)


@changes
def test_refills_what_changed_while_running(
    table: RunningCapture, change: Callable[[Broker], None], told: str
) -> None:
    with refilling(table):
        table.wait_until_following()
        table.catch_up()
        change(Broker(table))
        change_rows(table)
        table.catch_up()
    check_rows(table)
    with table:
        change_rows_again(table)
        table.catch_up()
    check_rows(table)


@changes
def test_refills_what_changed_while_stopped(
    table: RunningCapture, change: Callable[[Broker], None], told: str
) -> None:
    with refilling(table):
        table.catch_up()
    change(Broker(table))
    change_rows(table)
    with table:
        table.catch_up()
    check_rows(table)
    others = {record.key["id"] for record in table.records("other")}
    assert others == {1}


def change_rows_again(capture: RunningCapture) -> None:
    capture.execute("UPDATE t SET n = n - 1; DELETE FROM t WHERE id % 7 = 0")


def test_an_empty_table_is_refilled_too(table: RunningCapture) -> None:
    table.execute("DELETE FROM t")
    with refilling(table):
        table.catch_up()
    broker = Broker(table)
    broker.recreate()
    (identity,) = table.topic_client().identities([broker.topic]).values()
    with table:
        table.wait_for(lambda: table.schemas()["public.t"].topic_id == identity.id)
        table.catch_up()
    check_rows(table)


def test_cuts_deleted_while_running(table: RunningCapture) -> None:
    cuts = cuts_topic(table.source.name)
    with table:
        table.catch_up()
        Broker(table).delete(cuts)
        change_rows(table)
        error = table.ended()
    assert isinstance(error, PreflightError)
    assert error.message == f"Topic {cuts} is gone, though the tables' topics hold records."
    assert cuts not in table.topics()
    with refilling(table):
        table.catch_up()
    check_rows(table)
    assert table.cuts()[-1].snapshot is None


def test_cuts_emptied_while_stopped(table: RunningCapture) -> None:
    cuts = cuts_topic(table.source.name)
    with table:
        table.catch_up()
    Broker(table).delete(cuts)
    table.topic_client().create({cuts: 1})
    with table:
        error = table.ended()
    assert isinstance(error, PreflightError)
    assert error.message.startswith(f"Topic {cuts} holds no cut, though")


@pytest.mark.parametrize("is_recreated", [False, True])
def test_schemas_deleted(table: RunningCapture, is_recreated: bool) -> None:
    schemas = schemas_topic(table.source.name)
    with table:
        table.catch_up()
        Broker(table).delete(schemas)
        if is_recreated:
            table.topic_client().create({schemas: 1})
        change_rows(table)
        table.execute("ALTER TABLE t ADD COLUMN more int", "UPDATE t SET n = 5 WHERE id = 9")
        error = table.ended()
    assert isinstance(error, PreflightError)
    assert error.message == f"Topic {schemas} {'was recreated' if is_recreated else 'is gone'}."
    with refilling(table):
        table.catch_up()
    check_rows(table)
    assert table.schemas().keys() == {"public.t", "public.other"}


def test_a_quiet_topic_is_looked_at_too(table: RunningCapture) -> None:
    """Nothing is written to `t`; the check of all topics every few seconds finds it."""
    broker = Broker(table)
    with table:
        table.catch_up()
        broker.delete()
        error = table.ended()
    assert isinstance(error, RederiveError)
    assert error.message == f"Topic {broker.topic} is gone."


def test_topics_of_an_older_version_get_their_identity(table: RunningCapture) -> None:
    """Schema records without an identity are recorded again, once."""
    name = table.source.name
    with table:
        table.catch_up()
    forget_identity(table)
    with table:
        table.catch_up()
    identity = table.topic_client().identities([f"{name}.public.t"])[f"{name}.public.t"]
    assert table.schemas()["public.t"].topic_id == identity.id
    recorded = len(table.schema_history())
    with table:
        table.catch_up()
    assert len(table.schema_history()) == recorded


def forget_identity(capture: RunningCapture) -> None:
    """Remove the field from the record, as an older version wrote it."""
    producer = Producer({"bootstrap.servers": capture.kafka.address})
    topic = schemas_topic(capture.source.name)
    for table, schema in capture.schemas().items():
        old = replace(schema, topic_id="").to_json().replace(b',"topic_id":""', b"")
        assert b"topic_id" not in old
        producer.produce(topic, old, table.encode())
    assert producer.flush(15) == 0


def test_a_recorded_table_keeps_its_topic_though_it_is_not_captured_now(
    table: RunningCapture,
) -> None:
    """At the start the table may be in the middle of a change, and be back a moment later."""
    with table:
        table.catch_up()
    name = table.source.name
    ready = ready_topics(table.kafka, name, table.topic_client(), {}, resnapshot=False)
    assert f"{name}.public.t" in ready.topics


def test_a_table_is_added_while_writing(capture: RunningCapture) -> None:
    """Its topic is created, its identity recorded, and it is part of the next cut."""
    name, topics = capture.source.name, capture.topic_client()
    topics.create({cuts_topic(name): 1, schemas_topic(name): 1})
    publisher = Publisher(capture.source, capture.kafka, topics)
    publisher.fence()
    publisher.resume(None, topics.identities([cuts_topic(name), schemas_topic(name)]))
    publisher.add_topic(f"{name}.public.late")
    publisher.begin()
    publisher.schema(TableSchema("public.late", (), (), Lsn(1)))
    publisher.publish(f"{name}.public.late", b"{}", b"{}")
    cut = publisher.commit(Lsn(5), 0)
    publisher.close()
    assert sum(cut.offsets[f"{name}.public.late"]) == 1
    (identity,) = topics.identities([f"{name}.public.late"]).values()
    assert capture.schemas()["public.late"].topic_id == identity.id
    assert identity.partitions == PARTITIONS


def test_settings_and_topics_made_by_hand_are_kept(table: RunningCapture) -> None:
    """Existing empty topics are used as they are."""
    name = f"{table.source.name}.public.t"
    admin = AdminClient({"bootstrap.servers": table.kafka.address})
    settings = {**table.kafka.topics.as_kafka(), "max.message.bytes": "1000000"}
    admin.create_topics([NewTopic(name, 7, 1, config=settings)])[name].result(15)
    with table:
        table.catch_up()
    assert len(table.cuts()[-1].offsets[name]) == 7
    limit = table.topic_client().settings_of([name])[name]["max.message.bytes"]
    assert limit == str(table.kafka.topics.max_message_bytes)
