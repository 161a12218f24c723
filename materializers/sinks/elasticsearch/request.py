"""Bulk operations: ready lines, and the rows they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa

from materializers.errors import SinkError


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of some rows. An upsert has two lines (action, document), a delete one."""

    data: memoryview | bytes
    rows: pa.RecordBatch
    is_upsert: bool

    def operations(self) -> list[list[bytes]]:
        """The lines of each row."""
        lines, count = bytes(self.data).split(b"\n"), 2 if self.is_upsert else 1
        return [lines[at : at + count] for at in range(0, count * len(self), count)]

    def halves(self) -> tuple[Part, Part]:
        middle, operations = len(self) // 2, self.operations()
        first, second = (
            b"".join(line + b"\n" for operation in half for line in operation)
            for half in (operations[:middle], operations[middle:])
        )
        return (
            Part(first, self.rows.slice(0, middle), self.is_upsert),
            Part(second, self.rows.slice(middle), self.is_upsert),
        )

    def __len__(self) -> int:
        return int(self.rows.num_rows)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a request; `head` is its action line."""

    head: bytes
    row: pa.RecordBatch
    is_upsert: bool

    @property
    def id(self) -> str:
        """The document's id."""
        (what,) = orjson.loads(self.head).values()
        return str(what["_id"])


@dataclass(frozen=True, slots=True)
class Refused:
    """An upsert that the index refuses, and the reason."""

    operation: Operation
    error: SinkError

    def removal(self) -> bytes:
        """The operation that removes the document's former version."""
        head: Any = orjson.loads(self.operation.head)
        return orjson.dumps({"delete": head["index"]}) + b"\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request's parts."""

    parts: tuple[Part, ...]

    @property
    def body(self) -> bytes:
        return b"".join(part.data for part in self.parts)

    @property
    def size(self) -> int:
        """The size in bytes."""
        return sum(len(part.data) for part in self.parts)

    @property
    def count(self) -> int:
        """The number of operations."""
        return sum(len(part) for part in self.parts)

    def operations(self) -> Iterator[Operation]:
        """Each operation, in the order of the answer's items."""
        for part in self.parts:
            for at, lines in enumerate(part.operations()):
                yield Operation(lines[0], part.rows.slice(at, 1), part.is_upsert)

    def halves(self) -> tuple[Request, Request]:
        """Two requests for this one, which has more than one row."""
        parts = self.parts
        if len(parts) == 1:
            parts = parts[0].halves()
        middle = len(parts) // 2
        return Request(parts[:middle]), Request(parts[middle:])


def gathered(parts: Iterable[Part], bytes_max: int) -> Iterator[Request]:
    """Combines small parts into requests of at most `bytes_max` bytes, or of one part."""
    waiting: list[Part] = []
    size = 0
    for part in parts:
        if waiting and size + len(part.data) > bytes_max:
            yield Request(tuple(waiting))
            waiting, size = [], 0
        waiting.append(part)
        size += len(part.data)
    if waiting:
        yield Request(tuple(waiting))
