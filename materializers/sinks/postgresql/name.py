"""Names that PostgreSQL keeps whole: it cuts what is longer than 63 bytes without an error, and two
names that differ behind that byte are one."""

from __future__ import annotations

import hashlib

NAME_BYTES_MAX = 63
_DIGEST_CHARACTERS = 8


def fitting(name: str, bytes_max: int = NAME_BYTES_MAX) -> str:
    """The name where it has at most so many bytes; else its beginning and a digest of it whole."""
    if len(name.encode()) <= bytes_max:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    kept = name.encode()[: bytes_max - _DIGEST_CHARACTERS - 1].decode(errors="ignore")
    return f"{kept}_{digest}"


def generation_name(table: str, number: int) -> str:
    """The table of one generation of `table`."""
    return f"{generation_stem(table)}{number}"


def generation_stem(table: str) -> str:
    """What stands before the number."""
    return f"{fitting(table, NAME_BYTES_MAX - len('_g999999'))}_g"
