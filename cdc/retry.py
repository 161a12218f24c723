"""Which failures of a run are retried, and after which pause.

A server that is down, restarts or cannot be reached is waited for without limit: always once
capture has followed the log, before that only on request. Any other failure of source or broker is
retried a limited number of times if capture has followed the log, else it ends capture.
"""

from __future__ import annotations

import logging
import time

import psycopg
from confluent_kafka import KafkaError, KafkaException

from cdc.errors import BrokerError, PassingError, RederiveError, SourceError

RETRIES_MAX = 20
PAUSE_MIN_S = 0.5
PAUSE_MAX_S = 15.0
SETTLED_S = 5.0
_logger = logging.getLogger("rederive.capture")

# Texts of libpq about failed connections that waiting does not cure.
_LASTING = (
    "authentication failed", "no password supplied", "no pg_hba.conf entry", "does not exist",
    "does not support SSL", "certificate", "invalid ", "permission denied", "not permitted",
)  # fmt: skip
_AWAY = (
    KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT,
    KafkaError._RESOLVE, KafkaError._TIMED_OUT_QUEUE, KafkaError._MSG_TIMED_OUT,
    KafkaError.REQUEST_TIMED_OUT, KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.NOT_COORDINATOR,
    KafkaError.BROKER_NOT_AVAILABLE, KafkaError.NOT_ENOUGH_REPLICAS,
    KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND, KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
)  # fmt: skip


def is_passing(error: RederiveError) -> bool:
    """Whether a server is away, or the failure will pass otherwise."""
    cause = error.__cause__
    if isinstance(cause, TimeoutError):
        return True
    if isinstance(cause, KafkaException):
        return cause.args[0].code() in _AWAY
    if not isinstance(cause, psycopg.OperationalError):
        return False
    # Classes 08 (connection), 53 (resources) and 57P (the server stops or starts). An error
    # without SQLSTATE is libpq's own.
    state = cause.sqlstate or ""
    if state:
        return state.startswith(("08", "53", "57P"))
    return not any(text in str(cause) for text in _LASTING)


class Retry:
    """Consecutive failures of one capture. Unless `is_patient`, a failure before capture has
    followed the log ends it."""

    def __init__(self, *, is_patient: bool) -> None:
        self._is_patient = is_patient
        self._has_followed = False
        self._failures = 0
        self._failed_at = self._followed_at = 0.0
        self._said: set[str] = set()

    def pause_s(self, error: SourceError | BrokerError) -> float | None:
        """Seconds until the next try; None for no retry. Logs the failure."""
        now = time.monotonic()
        self._failed_at = self._failed_at or now
        self._failures += 1
        self._followed_at = 0.0
        if isinstance(error, PassingError):
            may_go_on = self._failures <= RETRIES_MAX
        elif is_passing(error):
            may_go_on = self._has_followed or self._is_patient
        else:
            may_go_on = self._has_followed and self._failures <= RETRIES_MAX
        if not may_go_on:
            return None
        pause_s: float = min(PAUSE_MAX_S, PAUSE_MIN_S * 2 ** min(self._failures - 1, 10))
        self._say_once(error)
        return pause_s

    def _say_once(self, error: RederiveError) -> None:
        if error.kind not in self._said:
            self._said.add(error.kind)
            fix = f" Fix: {error.fix}." if error.fix else ""
            _logger.warning(
                "%s It is tried again until it goes.%s", error.logged, fix,
                extra={"event": "trouble", "fix": error.fix},
            )  # fmt: skip

    def follows(self) -> None:
        """Called again and again while capture follows the log. After SETTLED_S the count of
        failures starts over."""
        now = time.monotonic()
        if not self._followed_at:
            self._has_followed, self._followed_at = True, now
            if self._failures:
                elapsed_s = now - self._failed_at
                _logger.info(
                    "capture goes on after %.0f s", elapsed_s,
                    extra={"event": "recovered", "elapsed_s": round(elapsed_s, 1)},
                )  # fmt: skip
        if self._failures and now - self._followed_at > SETTLED_S:
            self._failures, self._failed_at, self._said = 0, 0.0, set()
