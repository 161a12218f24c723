"""The changes of the last batch in a view, for sinks that have all before it: they need not read
the state."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Changed:
    """Inserted and updated rows, and keys of deleted rows."""

    upserts: list[pa.RecordBatch]
    deletes: list[pa.RecordBatch]

    @property
    def count(self) -> int:
        """The number of changed rows."""
        return sum(batch.num_rows for batch in (*self.upserts, *self.deletes))


NOTHING = Changed([], [])


@dataclass(frozen=True, slots=True)
class NewestChange:
    """All changes of a view's build in (after, version]; there are none later."""

    build: int
    after: int
    version: int
    changed: Changed

    def since(self, after: int, until: int) -> Changed | None:
        """The changes in (after, until]; None where they are not known here."""
        if self.version > until or after < self.after:
            return None
        return NOTHING if after >= self.version else self.changed


def unchanged_since(build: int, version: int) -> NewestChange:
    """That a view's build has no changes after that version."""
    return NewestChange(build, version, version, NOTHING)
