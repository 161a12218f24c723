"""What stopped a view, in words that hold no value of a row: for logs."""

from __future__ import annotations

import re
from typing import TypeVar

from cdc.errors import RederiveError

Kind = TypeVar("Kind", bound=RederiveError)

_GENERAL = "a row has a value that it cannot take (see `rederive status`)"


def row_free(reason: str) -> str:
    """The reason without the expression and the row that it names at its end; where DuckDB or a
    record's error quotes a value, or may do so, only that there is one."""
    first = reason.partition(" (in: ")[0].partition(", at ")[0]
    return _GENERAL if re.search(r"[\d'\"]", first) else first


def row_free_error(kind: type[Kind], before: str, reason: str) -> Kind:
    """An error whose message is `before` and that reason, with what logs show of it."""
    error = kind(f"{before}: {reason}")
    error.without_values = f"{before}: {row_free(reason)}"
    return error
