"""Sets aside the rows of a step that a sink refuses, and removes letters of rows it accepts.

Letters, and tombstones for rows that the step replaces or deletes, are durable before the sink
stores its cut. After a crash in between, the step is repeated.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

import orjson
import pyarrow as pa

from cdc.scrubber import scrub
from materializers.delivery.dead_letters.dead_letters import DeadLetters
from materializers.delivery.dead_letters.letter import Letter, Place
from materializers.errors import SinkError
from materializers.sinks.connection import SinkConnection
from materializers.sinks.renderer import Renderer
from materializers.step import Step
from materializers.view import SinkDefinition, ViewSchema

log = logging.getLogger("rederive.deliver")

HELD_BYTES_MAX = 16_000_000
"""Letters are written in portions of this size, so that a step's need not fit into memory."""
REFUSED_WHOLE_MIN = 100
"""If a step of at least so many rows is refused as a whole, the target itself is at fault."""


class Desk:
    """Where the refused rows of one sink go. `definition`, `connection`: the sink's. Steps belong
    to one thread; `letters` is thread-safe."""

    def __init__(
        self, letters: DeadLetters, definition: SinkDefinition, connection: SinkConnection
    ) -> None:
        self.letters, self.definition, self.connection = letters, definition, connection
        self._texts: RowTexts | None = None

    def place(self, generation: int) -> Place:
        return Place(self.definition.name, self.definition.view, generation)

    def on(self, step: Step, generation: int, schema: ViewSchema) -> Step:
        """The step with a place for its refused rows. Even where the sink stops at a refused row,
        letters of rows no longer refused are removed."""
        return _SetAside(self, step, self.place(generation), schema).step

    def texts(self, schema: ViewSchema) -> RowTexts:
        """Writes JSON of the view's rows; cached, because its plans are expensive."""
        if self._texts is None or self._texts.schema != schema:
            self.close()
            self._texts = RowTexts(schema)
        return self._texts

    def close(self) -> None:
        """Release the cache; it is made again when needed."""
        if self._texts is not None:
            self._texts.close()
            self._texts = None

    def picked(
        self,
        generation: int,
        schema: ViewSchema,
        names: Collection[bytes],
        changes: Iterable[pa.RecordBatch],
        rows: Iterable[pa.RecordBatch],
    ) -> list[pa.RecordBatch]:
        """The view's rows whose letters have these names, without those among the changes."""
        place, texts = self.place(generation), self.texts(schema)
        changed = {place.name(key) for batch in changes for key in texts.keys(batch)}
        wanted = frozenset(names) - changed
        return [
            batch.slice(at, 1)
            for batch in rows
            for at, key in enumerate(texts.keys(batch))
            if place.name(key) in wanted
        ]

    def open(self, generation: int) -> frozenset[bytes]:
        """The names of a generation's open letters."""
        return self.letters.of(self.place(generation))

    def forget(self, generation: int) -> None:
        """Remove the letters of a generation that is recreated."""
        self.letters.drop(self.open(generation))

    def keep(self, generations: Iterable[int]) -> None:
        """Remove the letters of other generations."""
        self.letters.keep(self.definition.name, self.definition.view, {*generations})


class RowTexts:
    """Keys and documents of a view's rows as JSON. To be closed."""

    def __init__(self, schema: ViewSchema) -> None:
        self.schema, self._renderer = schema, Renderer(schema)

    def keys(self, batch: pa.RecordBatch) -> list[str]:
        if not self.schema.key or not batch.num_rows:
            return ["{}"] * int(batch.num_rows)
        return self._texts(batch, self._renderer.expressions(batch).object(self.schema.key))

    def document(self, row: pa.RecordBatch) -> str:
        (text,) = self._texts(row, self._renderer.expressions(row).document())
        return text

    def _texts(self, batch: pa.RecordBatch, expression: str) -> list[str]:
        lines = self._renderer.lines(batch, expression)
        return [bytes(text).decode() for each in lines for _, text in each.slices(sys.maxsize, 1)]

    def close(self) -> None:
        self._renderer.close()


class _SetAside:
    """The `Refusals` of one step."""

    def __init__(self, desk: Desk, step: Step, place: Place, schema: ViewSchema) -> None:
        self._desk, self._place, self._schema = desk, place, schema
        self._open = desk.letters.of(place)
        self._offered = 0
        self._refused: set[bytes] = set()
        self._superseded: set[bytes] = set()
        self._held: list[Letter] = []
        self._held_bytes = 0
        self._last: SinkError | None = None
        cut: dict[str, Any] = orjson.loads(step.cut)
        self._cut = str(cut.get("lsn", ""))
        self.step = replace(
            step,
            upserts=self._watched(step.upserts, is_upsert=True),
            deletes=self._watched(step.deletes, is_upsert=False),
            refusals=self,
        )

    def _watched(
        self, batches: Iterable[pa.RecordBatch], is_upsert: bool
    ) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if is_upsert:
                self._offered += batch.num_rows
            if self._open:
                names = {
                    self._place.name(key) for key in self._desk.texts(self._schema).keys(batch)
                }
                self._superseded |= names & self._open
            yield batch

    def add(self, row: pa.RecordBatch, error: SinkError) -> None:
        if self._desk.connection.on_refused == "stop":
            raise error
        texts = self._desk.texts(self._schema)
        (key,), document = texts.keys(row), texts.document(row)
        size, now_ms = len(document.encode()), time.time_ns() // 1_000_000
        reason = scrub(error.message)
        letter = Letter(self._place, key, self._cut, reason, document, size, now_ms)
        self._refused.add(letter.name)
        self._held.append(letter)
        self._held_bytes += size
        self._last = error
        self._check_bound(error)
        if self._held_bytes > HELD_BYTES_MAX:
            self._send(error)

    def _check_bound(self, error: SinkError) -> None:
        most, name = self._desk.connection.max_dead_letters, self._desk.connection.name
        if len(self._open | self._refused) > most:
            what = f"sink {self._place.sink}: more than {most:,} rows are refused"
            fix = error.fix or "mend the view or the target."
            fix = f"{fix} Or raise max_dead_letters in [sink.{name}]."
            raise _too_many(what, error, fix)

    def _check_whole(self, error: SinkError) -> None:
        """Raise where all rows are refused. Rows are counted when offered, so some may still be on
        their way."""
        if self._offered >= REFUSED_WHOLE_MIN and len(self._refused) >= self._offered:
            what = f"sink {self._place.sink}: every one of {self._offered:,} rows is refused"
            raise _too_many(what, error, error.fix or "mend the view or the target.")

    def _send(self, error: SinkError) -> None:
        self._check_whole(error)
        self._desk.letters.write(self._held)
        self._held, self._held_bytes = [], 0

    def settle(self) -> None:
        if self._last is not None:
            self._check_whole(self._last)
        gone = self._superseded - self._refused
        self._desk.letters.write(self._held, gone)
        self._held, self._held_bytes = [], 0
        self._log_change(len((self._open | self._refused) - gone))

    def _log_change(self, count: int) -> None:
        """Log when rows begin to be set aside, and when none is any more."""
        if count and not self._open:
            message = "sink %s: %d rows are refused and set aside (`rederive dead-letters list`)"
            log.warning(message, self._place.sink, count)
        elif self._open and not count:
            log.info("sink %s: no row is set aside any more", self._place.sink)


def _too_many(what: str, last: SinkError, fix: str) -> SinkError:
    error = SinkError(f"{what}, the last one: {last.message}", fix=fix)
    error.without_values = f"{what}."
    return error
