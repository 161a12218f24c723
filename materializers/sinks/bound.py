"""A connection's settings for a question that may not take long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from materializers.sinks.connection import SinkConnection


def bounded(connection: SinkConnection, timeout_s: float) -> SinkConnection:
    """The connection whose requests fail after so long, and are not tried again."""
    return replace(connection, settings={**connection.settings, **_bounds(connection, timeout_s)})


def _bounds(connection: SinkConnection, timeout_s: float) -> Mapping[str, Any]:
    if connection.type == "elasticsearch":
        return {"request_timeout": timeout_s, "retry_on_timeout": False, "max_retries": 0}
    if connection.type == "redis":
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        never = Retry(NoBackoff(), 0)
        return {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s, "retry": never}
    return {"connect_timeout": max(2, round(timeout_s)), "request_timeout": timeout_s}
