"""Rows as JSON texts, for sinks that store texts: exact numbers, values in `plain.py`'s form."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from materializers.sinks.plain import PlainRow, parse_json, plain_document
from materializers.sinks.renderer import Renderer
from materializers.view import ViewSchema


class JsonRows:
    """The rows of one view. Texts come in the order of the batch's rows. Used by one thread at a
    time. Opens nothing before the first call, and holds memory until `close`."""

    def __init__(self, schema: ViewSchema) -> None:
        self._schema = schema
        self._renderer = Renderer(schema)

    def documents(self, batch: pa.RecordBatch) -> list[str]:
        """Each row as one JSON object, on one line."""
        return [*self._texts(batch, self._renderer.expressions(batch).document())]

    def arrays(self, batch: pa.RecordBatch) -> list[str]:
        """Each row as one JSON array: its values in the order of the batch's columns."""
        return [*self._texts(batch, self._renderer.expressions(batch).array())]

    def keys(self, batch: pa.RecordBatch) -> list[str]:
        """For each row a text that no other key has: the key's own text, or JSON for several
        columns. Batches with the key's columns only give the same texts."""
        expressions = self._renderer.expressions(batch)
        return [*self._texts(batch, expressions.identifier(self._schema.key))]

    def plain(self, batch: pa.RecordBatch) -> Iterator[PlainRow]:
        """Each row as plain values."""
        for text in self.documents(batch):
            yield plain_document(self._schema, parse_json(text))

    def of_array(self, text: str) -> PlainRow:
        """The plain row for a text made by `arrays` from all the view's columns."""
        names = [column.name for column in self._schema.columns]
        return plain_document(self._schema, dict(zip(names, parse_json(text), strict=True)))

    def close(self) -> None:
        self._renderer.close()

    def _texts(self, batch: pa.RecordBatch, expression: str) -> Iterator[str]:
        for lines in self._renderer.lines(batch, expression):
            for start, end in zip(lines.offsets, lines.offsets[1:], strict=False):
                yield str(lines.data[start:end], "utf-8")
