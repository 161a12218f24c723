"""The texts of many rows in one buffer, to be cut into requests."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Lines:
    """Concatenated texts of rows; row i is `data[offsets[i]:offsets[i + 1]]`."""

    data: memoryview
    offsets: memoryview

    @classmethod
    def of(cls, texts: pa.StringArray) -> Lines:
        """A view of Arrow's buffers, without a copy."""
        assert texts.null_count == 0 and pa.types.is_string(texts.type), texts.type
        _, offsets, data = texts.buffers()
        window = memoryview(offsets).cast("i")[texts.offset : texts.offset + len(texts) + 1]
        return cls(memoryview(data) if data is not None else memoryview(b""), window)

    @classmethod
    def joined(cls, texts: Sequence[str]) -> Lines:
        """A copy of separate texts."""
        encoded = [text.encode() for text in texts]
        offsets = array("i", accumulate(map(len, encoded), initial=0))
        return cls(memoryview(b"".join(encoded)), memoryview(offsets))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def slices(
        self, bytes_max: int, rows_max: int = sys.maxsize
    ) -> Iterator[tuple[int, memoryview]]:
        """Slices of whole rows, each with its number of rows: at most `rows_max` rows and
        `bytes_max` bytes, or one row if it alone is longer."""
        start = 0
        while start < len(self):
            limit = self.offsets[start] + bytes_max
            stop = max(start + 1, bisect_right(self.offsets, limit) - 1)
            stop = min(stop, start + rows_max)
            yield stop - start, self.data[self.offsets[start] : self.offsets[stop]]
            start = stop

    def bytes_of(self, row: int) -> int:
        """The length of one row in bytes."""
        return int(self.offsets[row + 1] - self.offsets[row])

    def longer_than(self, bytes_max: int) -> list[int]:
        """The indices of rows longer than that. Tests the whole buffer first, as there is hardly
        ever one."""
        if self.offsets[-1] - self.offsets[0] <= bytes_max:
            return []
        return [row for row in range(len(self)) if self.bytes_of(row) > bytes_max]
