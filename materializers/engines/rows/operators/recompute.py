"""Recomputes a relation whenever one of its tables changes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence

from materializers.engines.rows.operators.delta import Delta, Weighted, consolidated
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.scan import Scan
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.operators.table import Table
from materializers.engines.rows.relations.environment import Tables
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.row_bytes import RowBytes

_WEIGHT = struct.Struct("<i")


class Recompute(Operator):
    """`evaluate`: computes the rows for given tables. The last result is stored, row by row."""

    starts_alone = costs_its_size = True

    def __init__(
        self,
        scans: Sequence[Scan],
        tables: Mapping[str, Table],
        evaluate: Callable[[Tables], list[Row]],
        shelf: Shelf,
        rows: RowBytes,
    ) -> None:
        super().__init__(scans, (), shelf)
        self._tables = tables
        self._evaluate = evaluate
        self._shelf = shelf
        self._rows = rows

    def move(self, deltas: Sequence[Delta]) -> Delta:
        tables = {name: list(_named(table)) for name, table in self._tables.items()}
        answer = consolidated(((row, 1) for row in self._evaluate(tables)), self._rows.write)
        stored = {data: _WEIGHT.unpack(weight)[0] for data, weight in self._shelf.scan()}
        return list(self._changes(answer, stored))

    def whole(self) -> Delta:
        stored = self._shelf.scan()
        return [(self._rows.read(data), _WEIGHT.unpack(weight)[0]) for data, weight in stored]

    def _changes(
        self, answer: Mapping[bytes, Weighted], stored: Mapping[bytes, int]
    ) -> Iterator[Weighted]:
        pending = self._shelf.pending
        for data, (row, weight) in answer.items():
            before = stored.get(data, 0)
            if weight != before:
                pending[data] = _WEIGHT.pack(weight)
                yield row, weight - before
        for data, before in stored.items():
            if data not in answer:
                pending[data] = None
                yield self._rows.read(data), -before


def _named(table: Table) -> Iterator[dict[str, object]]:
    return (dict(zip(table.names, row, strict=True)) for row in table.new_rows())
