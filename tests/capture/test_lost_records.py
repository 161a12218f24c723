"""A broker lost records of a committed transaction: their tables are published again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from cdc.contract.topics import cuts_topic, table_topic
from tests.capture.running import RunningCapture

LOST = "lacks records of the newest cut"


def lose_a_record(capture: RunningCapture, topic: str, *, is_open: bool) -> Producer:
    """What a killed broker can leave behind: a cut that counts a record whose transaction is
    aborted, or still open, in its partition. Returns that transaction's producer."""
    address = {"bootstrap.servers": capture.kafka.address}
    writer = Producer({**address, "transactional.id": f"{topic} lost"})
    writer.init_transactions(15)
    writer.begin_transaction()
    offsets: list[int] = []
    writer.produce(
        topic, b"{}", b'{"id":1}', 1, on_delivery=lambda _, m: offsets.append(int(m.offset() or 0))
    )
    assert writer.flush(15) == 0
    if not is_open:
        writer.abort_transaction(15)
    cut = capture.cuts()[-1]
    parts = list(cut.offsets[topic])
    parts[1] = offsets[0] + 1
    counted = replace(cut, offsets={**cut.offsets, topic: tuple(parts)})
    name = capture.source.name
    plain = Producer(address)
    plain.produce(cuts_topic(name), counted.to_json(), name.encode())
    assert plain.flush(15) == 0
    return writer


@pytest.mark.parametrize("is_open", [False, True], ids=["aborted", "open"])
def test_their_table_is_published_again(
    capture: RunningCapture, caplog: pytest.LogCaptureFixture, is_open: bool
) -> None:
    capture.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        "INSERT INTO t SELECT i, i FROM generate_series(1, 30) i",
        "CREATE TABLE other (id int PRIMARY KEY)",
        "INSERT INTO other VALUES (1)",
    )
    with capture:
        capture.wait_until_following()
        capture.execute("UPDATE t SET n = n + 1")
        capture.catch_up()
    topic = table_topic(capture.source.name, "public.t")
    with capture:
        capture.catch_up()
    assert LOST not in caplog.text
    writer = lose_a_record(capture, topic, is_open=is_open)
    with capture:
        capture.wait_for(lambda: LOST in caplog.text)
        if is_open:  # a reader of committed records waits for it, as for any transaction
            writer.abort_transaction(15)
        capture.catch_up()
    assert f"Topic {topic} {LOST}" in caplog.text
    expected: dict[int, int] = dict(capture.database.execute("SELECT id, n FROM t").fetchall())
    assert {row["id"]: row["n"] for row in capture.rows("t").values()} == expected
    assert capture.schemas()["public.t"].emptied is not None, "what the topic held counts no more"
    assert capture.schemas()["public.other"].emptied is None


def test_records_that_were_deleted_on_purpose_stop_no_start(
    capture: RunningCapture, caplog: pytest.LogCaptureFixture
) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1), (2), (3)")
    with capture:
        capture.catch_up()
    topic = table_topic(capture.source.name, "public.t")
    counted = capture.cuts()[-1].offsets[topic]
    ends = [TopicPartition(topic, part, end) for part, end in enumerate(counted)]
    topics = capture.topic_client()
    topics.set([topic], "cleanup.policy", "compact,delete")  # else the broker refuses
    admin = AdminClient({"bootstrap.servers": capture.kafka.address})
    for deleted in admin.delete_records(ends).values():
        deleted.result(15)
    topics.set([topic], "cleanup.policy", "compact")
    with capture:
        capture.execute("INSERT INTO t VALUES (4)")
        capture.catch_up()
    assert LOST not in caplog.text
    assert [record.key["id"] for record in capture.records("t")] == [4]
