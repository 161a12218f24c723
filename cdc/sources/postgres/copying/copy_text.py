"""Rows as COPY writes them in its text format (PostgreSQL manual, COPY, "Text Format")."""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def row_values(row: bytes) -> list[bytes | None]:
    """A row's values, None for NULL; `row` includes its newline."""
    fields = row[:-1].split(b"\t")
    if b"\\" in row:
        return [_value(field) for field in fields]
    return fields  # type: ignore[return-value]  # a list of bytes alone is one of both


def _value(field: bytes) -> bytes | None:
    if field == b"\\N":
        return None
    return _ESCAPE.sub(_character, field) if b"\\" in field else field


def _character(match: re.Match[bytes]) -> bytes:
    return _ESCAPED.get(match[1], match[1])
