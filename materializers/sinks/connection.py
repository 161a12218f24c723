"""How to reach a sink's target, by `[sink.NAME]` of rederive.toml. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ON_REFUSED = ("dead-letter", "stop")
MAX_DEAD_LETTERS = 10_000


@dataclass(frozen=True, slots=True)
class SinkConnection:
    """One `[sink.NAME]` table. `type` names a SinkType; `settings` is everything else.

    Settings pass through to the client: Elasticsearch's keyword arguments (`hosts`, `api_key`,
    `ca_certs`, …); `url` and redis-py's keyword arguments; `dsn` and libpq's parameters. Texts that
    may hold a password are `cdc.config.Secret`.

    `on_refused`: what to do with a row that the target refuses, one of ON_REFUSED.
    `max_dead_letters`: how many of a sink's rows may be set aside before it stops.
    """

    name: str
    type: str
    settings: Mapping[str, Any]
    on_refused: str = "dead-letter"
    max_dead_letters: int = MAX_DEAD_LETTERS
