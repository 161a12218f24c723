"""Why a nested SELECT cannot be decorrelated."""

from __future__ import annotations

import re

from materializers.errors import ViewError


class Undecorrelated(Exception):
    """Raised with the reason; the outer SELECT is recomputed then."""


def reason_of(error: Exception) -> str:
    """The reason as `explain` shows it: a ViewError without its place."""
    if not isinstance(error, ViewError):
        return str(error)
    return re.sub(r"^.*?: view [^:]*: ", "", error.message).rstrip(".")
