"""What readers of the view `shown` see in Redis, read without the sink."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson


def cache_reader(client: Any) -> Callable[[], Mapping[int, int]]:
    """Asks by the pointer of sink `shown_sink`: id -> n, empty where there is none."""

    def read() -> Mapping[int, int]:
        prefix = client.get("shown_sink:live")
        keys = [] if prefix is None else client.keys(prefix + b"*")
        found = client.mget(keys) if keys else []
        return {row["id"]: row["n"] for row in map(orjson.loads, filter(None, found))}

    return read
