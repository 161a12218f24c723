"""The reason why a view stopped, without values of rows: for logs."""

from __future__ import annotations

import re
from typing import TypeVar

from cdc.errors import RederiveError

Kind = TypeVar("Kind", bound=RederiveError)

_GENERAL = "a row has a value that it cannot take (see `rederive status`)"


def row_free(reason: str) -> str:
    """The reason without the expression and row at its end; where what is left may quote a value,
    a general text."""
    first = reason.partition(" (in: ")[0].partition(", at ")[0]
    return _GENERAL if re.search(r"[\d'\"]", first) else first


def row_free_error(kind: type[Kind], before: str, reason: str) -> Kind:
    """An error with `before` and the reason, and a message for logs without values."""
    error = kind(f"{before}: {reason}")
    error.without_values = f"{before}: {row_free(reason)}"
    return error
