"""Enums: a label as a JSON string, and a word where the log has a label that the schema has not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import orjson


def enum_encoder(labels: Iterable[str], on_unknown: Callable[[], None]) -> Callable[[bytes], bytes]:
    """An encoder of these labels. `on_unknown` is called at the first value of any other one: it
    was added since, and readers must learn its place in the order before they see it."""
    known = {label.encode(): orjson.dumps(label) for label in labels}

    def encode(value: bytes) -> bytes:
        encoded = known.get(value)
        if encoded is None:
            on_unknown()
            encoded = known[value] = orjson.dumps(value.decode())
        return encoded

    return encode
