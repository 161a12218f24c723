"""The longest argument that Redis accepts: it closes the connection on a longer one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pyarrow as pa
import redis

from materializers.sinks.lines import Lines
from materializers.sinks.redis.command import row_sql
from materializers.sinks.renderer import Renderer

LEAST_BYTES_MAX = 2**20
"""`proto-max-bulk-len` cannot be set lower."""
USUAL_BYTES_MAX = 512 * 2**20
SIZE_FIX = "make the row smaller in the view, or raise proto-max-bulk-len."


class SizeLimit:
    """Finds rows that are too long to be sent. Asks the server for its limit before the first row
    that may be."""

    def __init__(self, client: redis.Redis, renderer: Renderer) -> None:
        self._client, self._renderer = client, renderer
        self._bytes_max = 0

    def fitting(
        self,
        batch: pa.RecordBatch,
        texts: Sequence[str],
        on_excess: Callable[[pa.RecordBatch, str], None],
    ) -> Iterator[Lines]:
        """The rows' packed arguments, from SQL for their texts, without rows that are too long:
        `on_excess` gets each of those, with its length."""
        start = 0
        for lines in self._renderer.lines(batch, row_sql(texts)):
            rows = batch.slice(start, len(lines))
            start += len(lines)
            if not (excess := self._excess(lines)):
                yield lines
                continue
            for row, reason in excess.items():
                on_excess(rows.slice(row, 1), reason)
            for part in _without(rows, list(excess)):
                yield from self._renderer.lines(part, row_sql(texts))

    def _excess(self, lines: Lines) -> Mapping[int, str]:
        if not lines.longer_than(LEAST_BYTES_MAX):
            return {}
        self._bytes_max = self._bytes_max or self._ask()
        return {
            row: f"a row has {lines.bytes_of(row):,} bytes, "
            f"Redis takes proto-max-bulk-len = {self._bytes_max:,}"
            for row in lines.longer_than(self._bytes_max)
        }

    def _ask(self) -> int:
        try:
            answer: Any = self._client.config_get("proto-max-bulk-len")
        except redis.ResponseError:
            return USUAL_BYTES_MAX  # the user may lack the right to ask
        return int(answer.get("proto-max-bulk-len", USUAL_BYTES_MAX))


def _without(batch: pa.RecordBatch, rows: Sequence[int]) -> Iterator[pa.RecordBatch]:
    """The parts of the batch between these rows."""
    edges = [-1, *rows, batch.num_rows]
    for before, after in pairwise(edges):
        if after - before > 1:
            yield batch.slice(before + 1, after - before - 1)
