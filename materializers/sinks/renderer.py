"""Writes Arrow batches as texts in bulk, by an in-memory DuckDB that stores nothing.

For many rows the result is one Arrow text column. Its buffer holds the rows one after the other, so
a request's body is a slice of it: no Python runs per row (0.8 µs for a row of eight columns, where
orjson over `to_pylist` takes 6). For few rows planning dominates (3 ms of CPU), so plans are
cached, and read whatever batch is current.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from materializers.duckdb_names import duckdb_names
from materializers.sinks.document import Expressions, literal
from materializers.sinks.lines import Lines
from materializers.view import ViewSchema

ARGUMENT = "\0argument\0"
"""Placeholder in an expression for a text that differs from call to call."""

# Arrow output makes DuckDB plan the query each time; above this number of rows that pays.
ROWS_FEW = 1000
PLANS_MAX = 64


class _Source:
    """What a plan reads: batches of one schema, one after another."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self.batches: list[pa.RecordBatch] = []

    def give(self, batch: pa.RecordBatch) -> None:
        """The batch to read next, whatever its columns' names."""
        is_same = batch.schema.names == self._schema.names
        self.batches = [batch if is_same else batch.rename_columns(self._schema.names)]

    def __arrow_c_schema__(self) -> Any:
        return self._schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        reader = pa.RecordBatchReader.from_batches(self._schema, self.batches)
        return reader.__arrow_c_stream__(requested_schema)


class Renderer:
    """Runs expressions over batches of one view. Used by one thread at a time."""

    def __init__(self, view: ViewSchema) -> None:
        self._view = view
        self._opened: duckdb.DuckDBPyConnection | None = None
        self._sources: dict[pa.Schema, tuple[str, _Source]] = {}
        self._plans: dict[str, str] = {}

    @property
    def _duckdb(self) -> duckdb.DuckDBPyConnection:
        """Opened at the first row, as a sink that is only asked for its status renders nothing."""
        if self._opened is None:
            self._opened = duckdb.connect(":memory:")
            # One thread: the engine's DuckDB needs the cores, and a sink waits for its server.
            self._opened.execute("SET threads = 1; SET TimeZone = 'UTC'")
        return self._opened

    def expressions(self, batch: pa.RecordBatch) -> Expressions:
        return Expressions.of(self._view, batch.schema)

    def lines(self, batch: pa.RecordBatch, expression: str, argument: str = "") -> Iterator[Lines]:
        """The expression's text for every row in order; it must not be NULL. `argument` replaces
        ARGUMENT."""
        with self._current(batch) as source:
            query = f"SELECT {expression} AS line FROM {source}"
            if batch.num_rows <= ROWS_FEW:
                yield Lines.joined([row[0] for row in self._planned(query, argument)])
                return
            whole = query.replace(ARGUMENT, literal(argument))
            table = self._duckdb.sql(whole).to_arrow_table()
        yield from (Lines.of(chunk) for chunk in table.column("line").chunks if len(chunk))

    def values(self, batch: pa.RecordBatch, expressions: Sequence[str]) -> list[tuple[Any, ...]]:
        """The expressions' values for every row in order. For few rows."""
        with self._current(batch) as source:
            return self._planned(f"SELECT {', '.join(expressions)} FROM {source}", "")

    def is_any(self, batch: pa.RecordBatch, condition: str) -> bool:
        """Whether the condition is true for any row."""
        with self._current(batch) as source:
            return bool(self._planned(f"SELECT bool_or({condition}) FROM {source}", "")[0][0])

    @contextmanager
    def _current(self, batch: pa.RecordBatch) -> Iterator[str]:
        """The name by which queries read this batch."""
        if batch.schema not in self._sources:
            held = batch.rename_columns(duckdb_names(batch.schema.names))
            name, source = f"batch_{len(self._sources)}", _Source(held.schema)
            self._duckdb.register(name, source)
            self._sources[batch.schema] = name, source
        name, source = self._sources[batch.schema]
        source.give(batch)
        try:
            yield name
        finally:
            source.batches = []

    def _planned(self, query: str, argument: str) -> list[Any]:
        if query not in self._plans:
            self._forget_plans()
            plan = f"plan_{len(self._plans)}"
            text = query.replace(ARGUMENT, "CAST($1 AS VARCHAR)")
            self._duckdb.execute(f"PREPARE {plan} AS {text}")
            self._plans[query] = plan
        arguments = f"({literal(argument)})" if ARGUMENT in query else ""
        return self._duckdb.execute(f"EXECUTE {self._plans[query]}{arguments}").fetchall()

    def _forget_plans(self) -> None:
        if len(self._plans) < PLANS_MAX:
            return
        for plan in self._plans.values():
            self._duckdb.execute(f"DEALLOCATE {plan}")
        self._plans.clear()

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._sources.clear()
