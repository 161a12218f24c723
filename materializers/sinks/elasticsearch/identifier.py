"""The identifier of a document.

It is the view's key as one text (`document.py`). Elasticsearch takes 512 bytes: a longer one is
`[sha256:…]` of that text, which no key has by itself. The key's columns are in the document."""

from __future__ import annotations

import hashlib

ID_BYTES_MAX = 512


def id_sql(identifier: str) -> str:
    """SQL for the `_id` of a row whose identifier that SQL gives."""
    return (
        f"CASE WHEN strlen({identifier}) <= {ID_BYTES_MAX} THEN {identifier} "
        f"ELSE concat('[sha256:', sha256({identifier}), ']') END"
    )


def id_of(identifier: str) -> str:
    """The `_id` of a document by its key as text, for a reader who gets documents by it."""
    data = identifier.encode()
    return (
        identifier if len(data) <= ID_BYTES_MAX else f"[sha256:{hashlib.sha256(data).hexdigest()}]"
    )
