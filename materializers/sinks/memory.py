"""A sink in memory: the reference that other sinks are compared with.

Neither fast nor durable; every rule of the contract is one plain statement.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from materializers.errors import SinkError
from materializers.sinks.kind import Kind, kind_of
from materializers.sinks.owner import Owner, claimed_meanwhile, lost_to
from materializers.sinks.plain import PlainRow, plain_value
from materializers.sinks.sink import Generation
from materializers.step import Step
from materializers.view import ViewSchema
from materializers.writer import Writer

Key = tuple[Any, ...]


@dataclass(slots=True)
class _Build:
    version: int = -1
    cut: str = ""
    rows: dict[Key, PlainRow] = field(default_factory=dict)


@dataclass(slots=True)
class MemoryTarget:
    """What outlives a MemorySink. Give it to another one, which then acts as another process."""

    builds: dict[int, _Build] = field(default_factory=dict)
    live: int = -1
    owner: Owner | None = None
    signed: float = 0.0


def takes_all(row: PlainRow) -> str:
    """Accept every row."""
    return ""


class MemorySink:
    """One view, a dictionary for each generation. `refuses` returns why it refuses a row, or ""."""

    def __init__(
        self,
        schema: ViewSchema,
        refuses: Callable[[PlainRow], str] = takes_all,
        *,
        writer: Writer | None = None,
        target: MemoryTarget | None = None,
    ) -> None:
        self._schema = schema
        self._refuses = refuses
        self._kinds = {column.name: kind_of(column.type_name) for column in schema.columns}
        self._writer = writer
        self._target = target or MemoryTarget()

    def owner(self) -> Owner | None:
        owner = self._target.owner
        silence_s = time.monotonic() - self._target.signed
        return replace(owner, silence_s=silence_s) if owner is not None else None

    def claim(self, tenure: str, over: Owner | None) -> None:
        assert self._writer is not None, "opened for reading"
        present = self._target.owner
        if present is not None and present.writer.run == self._writer.run:
            return
        if (present.epoch if present else 0) != (over.epoch if over else 0):
            raise claimed_meanwhile(self._schema.name)
        epoch = over.epoch + 1 if over else 1
        self._target.owner = Owner(self._writer, epoch, tenure, 0.0, has_ended=False)
        self._target.signed = time.monotonic()

    def sign(self, *, has_ended: bool = False) -> None:
        self._target.owner = replace(self._require_owner(), has_ended=has_ended)
        self._target.signed = time.monotonic()

    def _require_owner(self) -> Owner:
        owner = self._target.owner
        if owner is None or self._writer is None or owner.writer.run != self._writer.run:
            raise lost_to(self._schema.name, owner)
        return owner

    def generations(self) -> Mapping[int, Generation]:
        return {
            number: Generation(number, build.version, build.cut, number == self._target.live)
            for number, build in self._target.builds.items()
        }

    def create(self, number: int) -> None:
        self._require_owner()
        self._require_not_live(number)
        self._target.builds[number] = _Build()

    def _require_not_live(self, number: int) -> None:
        if number == self._target.live:
            raise SinkError(f"generation {number} of view {self._schema.name} is live.")

    def write(self, number: int, step: Step) -> None:
        self._require_owner()
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
        self._require_owner()
        self._target.builds[number] = _Build(step.version, step.cut, rows)

    def switch(self, number: int) -> None:
        self.rehearse(number)
        self._target.live = number

    def rehearse(self, number: int) -> None:
        self._require_owner()
        self._build(number)

    def drop(self, number: int) -> None:
        self._require_owner()
        self._require_not_live(number)
        self._target.builds.pop(number, None)

    def holds_rows(self, number: int) -> bool:
        return bool(self._build(number).rows)

    def scan(self, number: int) -> Iterable[Mapping[str, Any]]:
        return list(self._build(number).rows.values())

    def close(self) -> None:
        """Nothing to release: the rows belong to the target."""

    def _build(self, number: int) -> _Build:
        if number not in self._target.builds:
            raise SinkError(f"generation {number} of view {self._schema.name} does not exist.")
        return self._target.builds[number]

    def _key(self, row: PlainRow) -> Key:
        return tuple(repr(row[name]) for name in self._schema.key)

    def _plain_rows(
        self, batches: Iterable[pa.RecordBatch]
    ) -> Iterator[tuple[PlainRow, pa.RecordBatch]]:
        """Each row as plain values, and as a batch of one row."""
        for batch in batches:
            for at, row in enumerate(batch.to_pylist()):
                plain = {name: plain_value(self._kind(name), row[name]) for name in row}
                yield plain, batch.slice(at, 1)

    def _kind(self, name: str) -> Kind:
        return self._kinds[name]
