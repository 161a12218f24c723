"""Names of the source's tables and columns in the state.

DuckDB's names ignore case, `rowid` is a row's number unless a column has that name, and names that
begin with `#` are the engine's. So a name that is not plain gets a digest of itself as a suffix.
The stored name depends on nothing else, because columns come and go.
"""

from __future__ import annotations

import hashlib

from materializers.sql.types.expression import quote

_DIGEST_CHARACTERS = 10


def stored_name(name: str) -> str:
    """The stored name of a table or column; different names stay different without regard to
    case."""
    if name == name.lower() and "#" not in name and name != "rowid":
        return name
    return f"{name}#{hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_CHARACTERS]}"


def stored_column(name: str) -> str:
    """The quoted stored name of a column."""
    return quote(stored_name(name))
