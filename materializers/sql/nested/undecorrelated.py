"""Why a nested SELECT stays where it is."""

from __future__ import annotations

import re

from materializers.errors import ViewError


class Undecorrelated(Exception):
    """Why a nested SELECT cannot be taken off the query around it; it is recomputed then."""


def reason_of(error: Exception) -> str:
    """What `explain` shows of it: a ViewError without its place."""
    if not isinstance(error, ViewError):
        return str(error)
    return re.sub(r"^.*?: view [^:]*: ", "", error.message).rstrip(".")
