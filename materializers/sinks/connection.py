"""Where a sink lives and how to get in, as `[sink.NAME]` of rederive.toml says. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SINK_TYPES = ("elasticsearch", "redis", "postgresql")


@dataclass(frozen=True, slots=True)
class SinkConnection:
    """One `[sink.NAME]` table. `type` is one of SINK_TYPES; `settings` is everything else.

    Settings pass through to the client: Elasticsearch's keyword arguments (`hosts`, `api_key`,
    `ca_certs`, …); `url` and redis-py's keyword arguments; `dsn` and libpq's parameters.
    Text values that may hold a password are `cdc.config.Secret`.
    """

    name: str
    type: str
    settings: Mapping[str, Any]
