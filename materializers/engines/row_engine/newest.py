"""What the last batch changed in a view: for sinks that have all before it, without a look at the
state."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Changed:
    """Rows that came or are others, and keys of rows that went."""

    upserts: list[pa.RecordBatch]
    deletes: list[pa.RecordBatch]

    @property
    def count(self) -> int:
        """How many rows changed."""
        return sum(batch.num_rows for batch in (*self.upserts, *self.deletes))


NOTHING = Changed([], [])


@dataclass(frozen=True, slots=True)
class NewestChange:
    """All that changed in a view in (after, version]; nothing has since."""

    after: int
    version: int
    changed: Changed

    def since(self, after: int, until: int) -> Changed | None:
        """What changed in (after, until]; None where that is not known here."""
        if self.version > until or after < self.after:
            return None
        return NOTHING if after >= self.version else self.changed
