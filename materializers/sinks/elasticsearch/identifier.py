"""The identifier (`_id`) of a document: the view's key as one text (`document.py`).

Elasticsearch limits it to 512 bytes. A longer key becomes `[sha256:…]` of its text, which no key
equals. The key's columns are in the document."""

from __future__ import annotations

import hashlib

ID_BYTES_MAX = 512


def id_sql(identifier: str) -> str:
    """SQL for the `_id` of a row, from SQL for its key as text."""
    return (
        f"CASE WHEN strlen({identifier}) <= {ID_BYTES_MAX} THEN {identifier} "
        f"ELSE concat('[sha256:', sha256({identifier}), ']') END"
    )


def id_of(identifier: str) -> str:
    """The `_id` of a document by its key as text, for clients that get documents by id."""
    data = identifier.encode()
    return (
        identifier if len(data) <= ID_BYTES_MAX else f"[sha256:{hashlib.sha256(data).hexdigest()}]"
    )
