"""The fixtures of `tests/fix_servers.py` hand out places that work and are the test's own."""

import json
import urllib.request

import psycopg
import redis
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from cdc.sources.postgres.checks.preflight import VERSION_MIN


def test_a_database_decodes_its_log(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_create_logical_replication_slot('kept', 'pgoutput')")
        row = connection.execute("SELECT count(*) FROM pg_replication_slots").fetchone()
    assert row is not None and row[0] >= 1


def test_the_older_database_is_the_oldest_that_can_be_captured(older_postgres_dsn: str) -> None:
    with psycopg.connect(older_postgres_dsn, autocommit=True) as connection:
        assert connection.info.server_version // 10000 == VERSION_MIN // 10000
        connection.execute("SELECT pg_create_logical_replication_slot('kept_older', 'pgoutput')")


def test_a_topic_takes_a_record(kafka_bootstrap: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}.orders"
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    settings = {"cleanup.policy": "compact"}
    created = admin.create_topics([NewTopic(topic, 2, 1, config=settings)])
    created[topic].result(10)
    failures: list[object] = []
    producer = Producer({"bootstrap.servers": kafka_bootstrap, "transactional.id": topic_prefix})
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce(topic, b"v", b"k", on_delivery=lambda error, _: failures.append(error))
    producer.commit_transaction(10)
    assert failures == [None]


def test_redis_is_empty(redis_url: str) -> None:
    connection = redis.Redis.from_url(redis_url)
    assert connection.dbsize() == 0
    connection.set("k", "v")
    connection.close()


def test_an_index_takes_a_document(elasticsearch_url: str, index_prefix: str) -> None:
    request = urllib.request.Request(
        f"{elasticsearch_url}/{index_prefix}-flights/_doc/1?refresh=true",
        data=b'{"carrier": "UA"}',
        headers={"Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["result"] == "created"
