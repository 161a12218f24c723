"""Names within PostgreSQL's limit: it silently cuts longer ones at 63 bytes, so two that differ
only after that would be the same."""

from __future__ import annotations

import hashlib

NAME_BYTES_MAX = 63
_DIGEST_CHARACTERS = 8


def fitting(name: str, bytes_max: int = NAME_BYTES_MAX) -> str:
    """The name, or if it is too long its beginning and a digest of the whole."""
    if len(name.encode()) <= bytes_max:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    start = name.encode()[: bytes_max - _DIGEST_CHARACTERS - 1].decode(errors="ignore")
    return f"{start}_{digest}"


def generation_name(table: str, number: int) -> str:
    """The name of a generation's table."""
    return f"{generation_stem(table)}{number}"


def generation_stem(table: str) -> str:
    """That name without the number."""
    return f"{fitting(table, NAME_BYTES_MAX - len('_g999999'))}_g"
