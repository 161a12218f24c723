"""A table that is to be read anew."""

from __future__ import annotations

from dataclasses import dataclass

from cdc.position import Lsn
from cdc.sources.postgres.catalogue.definition import Definition


@dataclass(frozen=True, slots=True)
class Due:
    """A table to be read anew, once the stream has reached `lsn`: all of it, or `partitions`."""

    definition: Definition
    lsn: Lsn
    partitions: tuple[int, ...]
