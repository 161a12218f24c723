"""Refuses expressions that neither engine can compute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from materializers.engines.rows.failure import Unsupported
from materializers.errors import ViewError


@contextmanager
def refused_if_unsupported() -> Iterator[None]:
    """Raise ViewError in place of Unsupported."""
    try:
        yield
    except Unsupported as error:
        message = f"{error.name} of a numeric without declared precision is not supported"
        raise ViewError(message, fix="cast it to double precision or text") from error
