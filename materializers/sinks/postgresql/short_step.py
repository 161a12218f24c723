"""A short step in two round trips: its rows travel as arrays of texts in one pipeline with the
guards. A longer step uses COPY.

Measured with the server on the same two cores: 10 rows take 2.0 ms instead of 3.0, 1,000 rows 6.6
instead of 8.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
import pyarrow as pa

from materializers.sinks.document import quoted
from materializers.sinks.postgresql.column import column_type, input_text
from materializers.sinks.renderer import Renderer
from materializers.view import ViewSchema

ROWS_MAX = 1000
_TYPMOD = re.compile(r"\(\s*\d+\s*(,\s*-?\d+\s*)?\)")

Connection = psycopg.Connection[Any]


class ShortStep:
    """Writes rows to the table `place` (schema-qualified, quoted), in the caller's pipeline."""

    def __init__(self, place: str, view: ViewSchema, renderer: Renderer) -> None:
        self._place, self._view, self._renderer = place, view, renderer
        self._types = {column.name: _input_type(column.type_name) for column in view.columns}

    def fits(self, batches: Iterable[pa.RecordBatch]) -> bool:
        """Whether `=` finds every key of these rows."""
        return not any(batch[name].null_count for batch in batches for name in self._view.key)

    def move(
        self,
        connection: Connection,
        deletes: Iterable[pa.RecordBatch],
        upserts: Iterable[pa.RecordBatch],
    ) -> None:
        """Delete rows by key, then upsert rows."""
        for statement, batches in ((self._removal, deletes), (self._merge, upserts)):
            for batch in batches:
                if batch.num_rows:
                    names = batch.schema.names
                    connection.execute(statement(names).encode(), self._texts(batch, names))

    def _texts(self, batch: pa.RecordBatch, names: Sequence[str]) -> list[list[str | None]]:
        """The texts of each column's values; None for NULL."""
        expressions = self._renderer.expressions(batch)
        rows = self._renderer.values(batch, [input_text(expressions, name) for name in names])
        return [list(column) for column in zip(*rows, strict=True)]

    def _removal(self, names: Sequence[str]) -> str:
        same = [f"held.{quoted(name)} = {self._value(name)}" for name in names]
        return f"DELETE FROM {self._place} held USING {_rows(names)} WHERE {' AND '.join(same)}"

    def _merge(self, names: Sequence[str]) -> str:
        key = ", ".join(map(quoted, self._view.key))
        others = [quoted(name) for name in names if name not in self._view.key]
        assignments = ", ".join(f"{name} = excluded.{name}" for name in others)
        action = f"UPDATE SET {assignments}" if others else "NOTHING"
        return (
            f"INSERT INTO {self._place} ({', '.join(map(quoted, names))})"
            f" SELECT {', '.join(map(self._value, names))} FROM {_rows(names)}"
            f" ON CONFLICT ({key}) DO {action}"
        )

    def _value(self, name: str) -> str:
        return f"given.{quoted(name)}::{self._types[name]}"


def _rows(names: Sequence[str]) -> str:
    arrays = ", ".join("%s::text[]" for _ in names)
    return f"unnest({arrays}) AS given ({', '.join(map(quoted, names))})"


def _input_type(type_name: str) -> str:
    """The type without length or precision: a cast would silently cut what the column would
    refuse."""
    return _TYPMOD.sub("", column_type(type_name))
