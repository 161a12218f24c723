"""A step's rows as arguments of scripts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from materializers.errors import SinkError
from materializers.sinks.lines import Lines
from materializers.sinks.redis.command import argument
from materializers.sinks.redis.shape import Shape
from materializers.sinks.redis.size import SIZE_FIX, SizeLimit
from materializers.sinks.renderer import Renderer
from materializers.step import Refusals, Step


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to upsert or to delete. `width`: arguments of each row; `fields`: what the script needs
    before the first row."""

    is_upsert: bool
    lines: Lines
    width: int
    fields: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """The number of arguments, without the fields."""
        return len(self.lines) * self.width

    @property
    def packed(self) -> bytes:
        """The arguments, packed, without the fields."""
        return b"".join(bytes(data) for _, data in self.lines.slices(sys.maxsize))


def whole(fixed: Sequence[str], rows: Sequence[Rows]) -> tuple[bytes, int]:
    """The arguments of a script for a whole step, and their number. The rows follow the number of
    arguments of the deletes, which come first."""
    deletes = [each for each in rows if not each.is_upsert]
    upserts = [each for each in rows if each.is_upsert]
    deleted, fields = sum(each.count for each in deletes), upserts[0].fields if upserts else ()
    parts = [*map(argument, (*fixed, str(deleted))), *(each.packed for each in deletes)]
    parts += [*map(argument, fields), *(each.packed for each in upserts)]
    count = len(fixed) + 1 + deleted + len(fields) + sum(each.count for each in upserts)
    return b"".join(parts), count


class RowArguments:
    """Packs a step's rows. `name`: the connection's, for messages."""

    def __init__(self, name: str, shape: Shape, size: SizeLimit, renderer: Renderer) -> None:
        self._name, self._shape, self._size, self._renderer = name, shape, size, renderer

    def of(self, step: Step, prefix: str) -> Iterator[Rows]:
        """The step's rows under that prefix, deletes first. A row that is too long to be sent is
        refused, and its former version deleted."""
        for batch in step.deletes:
            yield from self._deletes(batch, prefix)
        for batch in step.upserts:
            yield from self._upserts(batch, prefix, step.refusals)

    def _deletes(self, batch: pa.RecordBatch, prefix: str) -> Iterator[Rows]:
        texts = self._shape.delete(self._renderer.expressions(batch), prefix)
        # A key that is too long to be sent cannot be there.
        for lines in self._size.fitting(batch, texts, lambda row, reason: None):
            yield Rows(False, lines, len(texts))

    def _upserts(self, batch: pa.RecordBatch, prefix: str, refusals: Refusals) -> Iterator[Rows]:
        refused_rows: list[pa.RecordBatch] = []

        def refuse(row: pa.RecordBatch, reason: str) -> None:
            refusals.add(row, SinkError(f"sink {self._name}: {reason}.", fix=SIZE_FIX))
            refused_rows.append(row)

        expressions = self._renderer.expressions(batch)
        texts, fields = self._shape.upsert(expressions, prefix), self._shape.fields(expressions)
        for lines in self._size.fitting(batch, texts, refuse):
            yield Rows(True, lines, len(texts), tuple(fields))
        for row in refused_rows:
            yield from self._deletes(row, prefix)
