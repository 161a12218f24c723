"""A view's stored rows and keys -> Arrow, for sinks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from materializers.engines.rows.arrow import ArrowRows
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.sql.relations.relation import Columns


class Codec:
    """`columns`: the view's; `key`: the names of the key's."""

    def __init__(self, columns: Columns, key: Sequence[str]) -> None:
        by_name = {column.name: column for column in columns}
        keys = [by_name[name] for name in key]
        self._row, self._key = RowBytes([c.type for c in columns]), RowBytes([c.type for c in keys])
        self._rows, self._keys = ArrowRows(columns), ArrowRows(keys)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the columns."""
        return self._rows.schema

    def row(self, data: bytes) -> Row:
        """The values of a stored row."""
        return self._row.read(data)

    def batches(self, rows: Iterable[Row]) -> Iterator[pa.RecordBatch]:
        """Stored rows as Arrow. Raises UnfitValue for a value that does not fit its Arrow type."""
        return self._rows.batches(rows)

    def key_batches(self, keys: Iterable[Row]) -> Iterator[pa.RecordBatch]:
        """Keys of it."""
        return self._keys.batches(keys)

    def rows(self, stored: Iterable[bytes]) -> Iterator[pa.RecordBatch]:
        """Rows of the view."""
        return self._rows.batches(map(self._row.read, stored))

    def keys(self, stored: Iterable[bytes]) -> Iterator[pa.RecordBatch]:
        """Keys of it."""
        return self._keys.batches(map(self._key.read, stored))
