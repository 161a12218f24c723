"""Each error of the broker is one line with its fix, and no wait is unbounded."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # not marked as exported
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from cdc.config import Kafka, Secret
from cdc.errors import BrokerError, PreflightError, RederiveError
from cdc.preflight import preflight
from materializers.intake.reader import Reader
from rederive.stack.kafka.server import KafkaServer
from rederive.stack.lifecycle import Lifecycle, start_together, stop_together
from rederive.stack.record import Record
from rederive.stack.stack import Stack
from tests.capture.running import RunningCapture

TABLE = "CREATE TABLE t (id int PRIMARY KEY)"
AUTHORIZER = """
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
super.users=User:nobody
"""


class GuardedKafka(KafkaServer):
    """Grants everything that no rule denies."""

    def command(self, ports: Mapping[str, int]) -> list[str]:
        settings = self._settings.read_text()
        self._settings.write_text(settings.replace(AUTHORIZER, "") + AUTHORIZER)
        return super().command(ports)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker with authorization."""
    home = tmp_path_factory.mktemp("guarded")
    lifecycle = Lifecycle(GuardedKafka(home / "kafka"), home / "kafka", Record(home / "stack.json"))
    start_together([lifecycle], None)
    try:
        yield lifecycle.server.address(lifecycle.entry().ports)
    finally:
        stop_together([lifecycle])


def with_settings(capture: RunningCapture, **settings: str) -> Kafka:
    """Underscores stand for dots."""
    given = {name.replace("_", "."): Secret(value) for name, value in settings.items()}
    capture.kafka = replace(capture.kafka, settings={**capture.kafka.settings, **given})
    return capture.kafka


def check_one_line(error: RederiveError, *words: str) -> None:
    assert error.fix
    assert "\n" not in str(error) and "KafkaError{" not in str(error)
    for word in words:
        assert word in str(error)


@pytest.mark.parametrize(
    ("setting", "value", "word"),
    [
        ("linger_mss", "5", "linger.mss"),
        ("acks", "perhaps", "acks"),
        ("compression_type", "zip", "zip"),
        ("security_protocol", "post", "security.protocol"),
    ],
)
def test_a_wrong_setting(capture: RunningCapture, setting: str, value: str, word: str) -> None:
    """The error is reported by capture, by check and by every reader."""
    capture.execute(TABLE)
    kafka = with_settings(capture, **{setting: value})
    with capture:
        error = capture.ended()
    assert isinstance(error, RederiveError)
    check_one_line(error, word, "correct the setting under [kafka]")
    faults = [check for check in preflight(capture.source, kafka) if check.is_fatal]
    assert faults and all(word in fault.message for fault in faults)
    with pytest.raises(PreflightError, match="correct the setting") as refused:
        Reader(kafka, capture.source.name, ["public.t"])
    check_one_line(refused.value, word)


def test_a_callback_is_no_setting(capture: RunningCapture) -> None:
    capture.execute(TABLE)
    capture.kafka = replace(
        capture.kafka, settings={**capture.kafka.settings, "stats_cb": Secret("print")}
    )
    with capture:
        error = capture.ended()
    assert isinstance(error, RederiveError)
    check_one_line(error, "stats_cb", "remove it from [kafka]")


def test_a_refused_login(capture: RunningCapture) -> None:
    """The tests' broker has no logins; a request alone would only time out."""
    capture.execute(TABLE)
    with_settings(
        capture, security_protocol="SASL_PLAINTEXT", sasl_mechanism="PLAIN",
        sasl_username="shop", sasl_password="hidden",
    )  # fmt: skip
    with capture:
        error = capture.ended()
    assert isinstance(error, RederiveError)
    check_one_line(error, "SASL", "correct the security settings under [kafka]")
    assert "hidden" not in str(error)


@pytest.mark.parametrize(
    ("kind", "name", "operation", "words"),
    [
        (ResourceType.TOPIC, "{}.public.t", AclOperation.WRITE, ("Write", "on topics")),
        (ResourceType.TOPIC, "{}.cuts", AclOperation.READ, ("Read", "on topics")),
        (ResourceType.TRANSACTIONAL_ID, "rederive.{}", AclOperation.WRITE, ("transactional ids",)),
    ],
)  # fmt: skip
def test_a_right_that_is_missing(
    guarded: str, postgres_dsn: str, topic_prefix: str, kind: ResourceType, name: str,
    operation: AclOperation, words: tuple[str, ...],
) -> None:  # fmt: skip
    capture = RunningCapture(postgres_dsn, guarded, topic_prefix)
    with closing(capture.database):
        capture.execute(TABLE)
        with capture:
            capture.catch_up()
        rule = AclBinding(
            kind, name.format(topic_prefix), ResourcePatternType.LITERAL, "User:ANONYMOUS", "*",
            operation, AclPermissionType.DENY,
        )  # fmt: skip
        admin = AdminClient({"bootstrap.servers": guarded})
        for future in admin.create_acls([rule]).values():
            future.result(15)
        capture.execute("INSERT INTO t VALUES (1)")
        with capture:
            error = capture.ended()
        assert isinstance(error, PreflightError)
        check_one_line(error, "authorization failed", "allow this user", *words)


def await_broker(capture: RunningCapture) -> None:
    """Wait until it is accepted again, some seconds after it lost its session."""
    deadline = time.monotonic() + 60
    while True:
        try:
            capture.topic_client().settings_of(["hangs.public.t"])
            return
        except BrokerError:
            assert time.monotonic() < deadline


def test_a_stop_while_the_broker_hangs(postgres_dsn: str, tmp_path: Path) -> None:
    """Half of a transaction is written: the stop abandons what Kafka does not acknowledge."""
    stack = Stack(tmp_path / "stack", ("kafka",))
    try:
        capture = RunningCapture(postgres_dsn, stack.start().kafka_bootstrap or "", "hangs")
        capture.execute(TABLE)
        (pid,) = [status.pid for status in stack.running()]
        with closing(capture.database):
            with capture:
                confirmed = capture.catch_up()
                os.kill(pid, signal.SIGSTOP)
                capture.execute("INSERT INTO t SELECT generate_series(1, 1000)")
            os.kill(pid, signal.SIGCONT)
            assert capture.confirmed() >= confirmed
            await_broker(capture)
            with capture:
                capture.catch_up()
            assert len(capture.records("t")) == 1000
    finally:
        for status in stack.running():
            os.kill(status.pid, signal.SIGCONT)
        stack.stop()
