"""A view's rows at one cut."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from types import TracebackType
from typing import Self

import pyarrow as pa

from cdc.contract.cut import Cut
from materializers.engines.whole_view import WholeView
from materializers.errors import StateError
from materializers.sinks.json_rows import JsonRows
from materializers.sinks.plain import PlainRow


class Rows:
    """The rows of a view, exactly as its query gives them at `cut`.

    They are read once, lazily: by iterating, by `batches` or by `to_arrow`. A transaction of the
    state stays open until the last row, `close` or the end of a `with` block. Use it in one thread
    at a time.

    A row is a dictionary of plain values: int, Decimal for numeric, float, bool, decoded JSON, list
    for arrays, None. Dates and times are texts in ISO 8601 and bytea is base64, as Python's types
    do not hold all of PostgreSQL's values. Every other type is PostgreSQL's text. Arrow's columns
    are typed."""

    def __init__(self, whole: WholeView) -> None:
        self._whole = whole
        self._is_read = False

    @property
    def cut(self) -> Cut:
        """The rows' position: `cut.lsn` is after every transaction that they show."""
        return self._whole.cut

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self._whole.schema.columns)

    @property
    def key(self) -> tuple[str, ...]:
        """The key columns."""
        return self._whole.schema.key

    def __iter__(self) -> Iterator[PlainRow]:
        with closing(JsonRows(self._whole.schema)) as texts:
            for batch in self.batches():
                yield from texts.plain(batch)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Arrow's record batches. Raises StateError where the rows were read or closed before."""
        if self._is_read:
            raise StateError("These rows were read before.", fix="ask the pipeline for them again")
        self._is_read = True
        try:
            yield from self._whole.batches
        finally:
            self.close()

    def to_arrow(self) -> pa.Table:
        """All rows as one Arrow table."""
        return pa.Table.from_batches(self.batches(), self._whole.types)

    def close(self) -> None:
        """Close the state's transaction; repeating it does nothing."""
        self._is_read = True
        self._whole.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
