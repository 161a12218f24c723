"""What tables and columns of the source are called in the state.

DuckDB tells no upper from lower case, its `rowid` means a row's number unless a column has that
name, and names that begin with `#` are ours. So a name that is not plain gets a digest of itself:
what a name becomes depends on nothing else, as columns come and go.
"""

from __future__ import annotations

import hashlib

from materializers.sql.types.expression import quote

_DIGEST_CHARACTERS = 10


def stored_name(name: str) -> str:
    """The name in the state of a table or column; unlike names stay unlike in any case."""
    if name == name.lower() and "#" not in name and name != "rowid":
        return name
    return f"{name}#{hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_CHARACTERS]}"


def stored_column(name: str) -> str:
    """The same of a column, quoted."""
    return quote(stored_name(name))
