"""A sink in this process' memory: the reference that the other sinks are compared with.

Nothing is fast or durable here; every rule of the contract is one plain statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from materializers.errors import SinkError
from materializers.sinks.kind import Kind, kind_of
from materializers.sinks.plain import PlainRow, plain_value
from materializers.sinks.sink import Generation, Step
from materializers.view import ViewSchema

Key = tuple[Any, ...]


@dataclass(slots=True)
class _Build:
    version: int = -1
    cut: str = ""
    rows: dict[Key, PlainRow] = field(default_factory=dict)


def takes_all(row: PlainRow) -> str:
    """Refuses no row."""
    return ""


class MemorySink:
    """One view in a dictionary for each generation; `refuses` says why it does not take a row,
    nothing where it does."""

    def __init__(self, schema: ViewSchema, refuses: Callable[[PlainRow], str] = takes_all) -> None:
        self._schema = schema
        self._refuses = refuses
        self._kinds = {column.name: kind_of(column.type_name) for column in schema.columns}
        self._builds: dict[int, _Build] = {}
        self._live = -1

    def generations(self) -> Mapping[int, Generation]:
        return {
            number: Generation(number, build.version, build.cut, number == self._live)
            for number, build in self._builds.items()
        }

    def create(self, number: int) -> None:
        if number == self._live:
            raise SinkError(f"generation {number} of view {self._schema.name} is live.")
        self._builds[number] = _Build()

    def write(self, number: int, step: Step) -> None:
        build = self._build(number)
        if step.version < build.version:
            return
        rows = dict(build.rows)
        for row, _ in self._plain_rows(step.deletes):
            rows.pop(self._key(row), None)
        for row, batch in self._plain_rows(step.upserts):
            rows.pop(self._key(row), None)
            if reason := self._refuses(row):
                step.refusals.add(batch, SinkError(f"row {self._key(row)}: {reason}."))
            else:
                rows[self._key(row)] = row
        step.refusals.settle()
        self._builds[number] = _Build(step.version, step.cut, rows)

    def switch(self, number: int) -> None:
        self._build(number)
        self._live = number

    def drop(self, number: int) -> None:
        if number == self._live:
            raise SinkError(f"generation {number} of view {self._schema.name} is live.")
        self._builds.pop(number, None)

    def scan(self, number: int) -> Iterable[Mapping[str, Any]]:
        return list(self._build(number).rows.values())

    def close(self) -> None:
        self._builds.clear()

    def _build(self, number: int) -> _Build:
        if number not in self._builds:
            raise SinkError(f"generation {number} of view {self._schema.name} does not exist.")
        return self._builds[number]

    def _key(self, row: PlainRow) -> Key:
        return tuple(repr(row[name]) for name in self._schema.key)

    def _plain_rows(
        self, batches: Iterable[pa.RecordBatch]
    ) -> Iterator[tuple[PlainRow, pa.RecordBatch]]:
        """Each row, and the batch of it alone."""
        for batch in batches:
            for at, row in enumerate(batch.to_pylist()):
                plain = {name: plain_value(self._kind(name), row[name]) for name in row}
                yield plain, batch.slice(at, 1)

    def _kind(self, name: str) -> Kind:
        return self._kinds[name]
