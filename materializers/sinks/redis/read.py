"""Reads a row as an application does: through the pointer, in one request."""

from __future__ import annotations

from typing import Any

import redis

from materializers.sinks.plain import parse_json

# One script, so that no switch or drop can happen between pointer and row.
_READ = """
local prefix = redis.call('GET', KEYS[1])
if not prefix then return nil end
local key = prefix .. ARGV[1]
if redis.call('TYPE', key).ok == 'hash' then return redis.call('HGETALL', key) end
return redis.call('GET', key)
"""


def read_live(client: redis.Redis, sink: str, key: str) -> dict[str, Any] | None:
    """The row that the sink stores under `key` (`order:17`), or None: a document for type `json`
    and `string`, a hash's fields as texts for type `hash`."""
    answer: Any = client.eval(_READ, 1, f"{sink}:live", key)
    if isinstance(answer, list):
        texts = [_text(part) for part in answer]
        return dict(zip(texts[::2], texts[1::2], strict=True)) or None
    return dict(parse_json(answer)) if answer is not None else None


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
