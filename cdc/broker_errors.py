"""Translates librdkafka's errors into one line for an operator, with a fix where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaError, KafkaException

from cdc.config import Kafka
from cdc.errors import BrokerError, FencedError, PreflightError, RederiveError
from cdc.kafka_tls import SETTINGS, fault_of

REQUEST_TIMEOUT_S = 15.0
_FENCED = (KafkaError._FENCED, KafkaError.PRODUCER_FENCED)
_ABSENT = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT)
_INSECURE = (
    KafkaError._AUTHENTICATION,
    KafkaError._SSL,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.UNSUPPORTED_SASL_MECHANISM,
)
_FORBIDDEN = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "Create, Describe, DescribeConfigs, AlterConfigs, Read "
    "and Write on topics of this source's name",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "Create on the cluster, or Create on the topics",
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "Write and Describe on transactional ids "
    "`rederive.*`",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "Read on groups `rederive-*`",
}


class Refusals:
    """Why connections are refused.

    The request itself only times out. The reason comes through librdkafka's error callback, called
    while the client is polled. Holds no reference to the client, lest the garbage collector destroy
    the client in an arbitrary thread.
    """

    def __init__(self) -> None:
        self._newest: KafkaError | None = None

    def note(self, error: KafkaError) -> None:
        """Remember a refusal; librdkafka's `error_cb`."""
        if error.code() in _INSECURE:
            self._newest = error

    def instead_of(self, cause: KafkaError | None) -> KafkaError | None:
        """The refusal behind a time-out, else `cause`."""
        is_vague = cause is None or cause.code() in _ABSENT
        return self._newest if is_vague and self._newest is not None else cause


@contextmanager
def broker_errors(kafka: Kafka, action: str, refusals: Refusals | None = None) -> Iterator[None]:
    """Translates librdkafka's errors. `action` completes "Cannot … Kafka at host:9092"."""
    refusals = refusals or Refusals()
    try:
        yield
    except KafkaException as error:
        cause = refusals.instead_of(error.args[0])
        raise translated(kafka, action, cause or error.args[0]) from error
    except TimeoutError as error:
        if (refusal := refusals.instead_of(None)) is not None:
            raise translated(kafka, action, refusal) from error
        if (named := _of_tls(kafka, action, "", BrokerError)) is not None:
            raise named from error
        message = f"Cannot {action} Kafka at {kafka.address}: no answer"
        raise BrokerError(
            f"{message} within {REQUEST_TIMEOUT_S:.0f} s.", fix="look at the broker's log"
        ) from error


@contextmanager
def client_errors(kafka: Kafka) -> Iterator[None]:
    """The same for creating a client, where librdkafka may refuse a setting or its value."""
    try:
        with broker_errors(kafka, "make a client for"):
            yield
    except (TypeError, ValueError) as error:
        raise PreflightError(
            f"A setting of Kafka cannot be given in a file: {error}.",
            fix="remove it from [kafka] in rederive.toml",
        ) from error


def translated(kafka: Kafka, action: str, cause: KafkaError) -> RederiveError:
    """The error of this project that corresponds to librdkafka's."""
    code, message = cause.code(), f"Cannot {action} Kafka at {kafka.address}: {_sentence(cause)}."
    if code in _FENCED:
        return FencedError(
            "Another process captures this source now; this one has stopped.",
            fix="run one capture for each source",
        )
    if code in _FORBIDDEN:
        return PreflightError(message, fix=f"allow this user {_FORBIDDEN[code]}")
    if code in _ABSENT or code in _INSECURE:
        kind: Callable[..., RederiveError] = PreflightError if code in _INSECURE else BrokerError
        if (named := _of_tls(kafka, action, cause.str(), kind)) is not None:
            return named
    for codes, meant, fix in _MEANINGS:
        if code in codes:
            return meant(message, fix=fix)
    return BrokerError(message)


def _of_tls(
    kafka: Kafka, action: str, text: str, kind: Callable[..., RederiveError]
) -> RederiveError | None:
    """The error that names the fault of TLS; None where TLS is in order."""
    if (fault := fault_of(kafka, text)) is None:
        return None
    message = f"Cannot {action} Kafka at {kafka.address}: TLS fails: {fault.value}."
    return kind(message, fix=SETTINGS.fix(fault))


_MEANINGS: tuple[tuple[tuple[int, ...], Callable[..., RederiveError], str], ...] = (
    (
        (KafkaError.INVALID_TRANSACTION_TIMEOUT,),
        PreflightError,
        "raise the broker's transaction.max.timeout.ms, or lower "
        '"transaction.timeout.ms" under [kafka]',
    ),
    (_ABSENT, BrokerError, 'start the broker, or correct "bootstrap.servers" under [kafka]'),
    (_INSECURE, PreflightError, "correct the security settings under [kafka]"),
    ((KafkaError._INVALID_ARG,), PreflightError, "correct the setting under [kafka]"),
    (
        (KafkaError.MSG_SIZE_TOO_LARGE,),
        BrokerError,
        "raise max.message.bytes of the source's topics to max_message_bytes under [kafka.topics]",
    ),
    (
        (KafkaError.POLICY_VIOLATION,),
        PreflightError,
        "give the topics settings that the broker's policy allows, under [kafka.topics]",
    ),
)


def _sentence(cause: KafkaError) -> str:
    """librdkafka's text on one line, without its full stop."""
    return " ".join(cause.str().split()).rstrip(".")
