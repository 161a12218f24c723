"""Compares the rows that a sink holds with those it should hold.

Both sides are streamed row by row, as plain values, into files of keys and digests, which are
compared part by part: memory holds one part only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from materializers.delivery.scratch_rows import ScratchSide, difference
from materializers.difference import Difference, key_text
from materializers.sinks.json_rows import JsonRows
from materializers.sinks.kind import kind_of
from materializers.sinks.plain import plain_value
from materializers.view import ViewSchema

PlainRow = Mapping[str, Any]


def compared(
    view: ViewSchema, expected: Iterable[pa.RecordBatch], actual: Iterable[PlainRow], scratch: Path
) -> Difference | None:
    """How a sink's rows differ from those expected. None where they have other columns than the
    view and so cannot be compared (members of sets). `scratch`: a folder to spill into."""
    rows = iter(actual)
    first = list(islice(rows, 1))
    if first and set(first[0]) != {column.name for column in view.columns}:
        return None
    with TemporaryDirectory(dir=scratch, prefix="compare-") as folder:
        wanted, there = (ScratchSide(Path(folder), name) for name in ("expected", "found"))
        _store(wanted, view, _plain_rows(view, expected))
        _store(there, view, chain(first, rows))
        return difference(wanted, there)


def _plain_rows(view: ViewSchema, batches: Iterable[pa.RecordBatch]) -> Iterator[PlainRow]:
    kinds = {column.name: kind_of(column.type_name) for column in view.columns}
    for batch in batches:
        try:
            rows = batch.to_pylist()
        except OverflowError:  # Python's dates end at the years 1 and 9999, and none is infinite
            yield from _rows_of_texts(view, batch)
            continue
        for row in rows:
            yield {name: plain_value(kinds[name], value) for name, value in row.items()}


def _rows_of_texts(view: ViewSchema, batch: pa.RecordBatch) -> Iterator[PlainRow]:
    with closing(JsonRows(view)) as texts:
        yield from texts.plain(batch)


def _store(side: ScratchSide, view: ViewSchema, rows: Iterable[PlainRow]) -> None:
    columns = [column.name for column in view.columns]
    with side:
        for row in rows:
            key = key_text(view.key, tuple(_comparable(row[name]) for name in view.key))
            side.add(key, _digest([row[name] for name in columns]))


def _digest(values: list[Any]) -> bytes:
    text = repr([_comparable(value) for value in values])
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _comparable(value: Any) -> Any:
    """One form for equal values: 1.50 and 1.5, 0 and -0, objects with fields in another order."""
    convert = _CONVERSIONS.get(type(value))
    return convert(value) if convert is not None else value


def _number(value: Any) -> Any:
    if not Decimal(value).is_finite():
        return str(value)
    return int(value) if value == int(value) else Decimal(value).normalize()


_CONVERSIONS: Mapping[type, Callable[[Any], Any]] = {
    Decimal: _number,
    float: lambda value: value + 0.0,
    list: lambda value: [_comparable(each) for each in value],
    dict: lambda value: [(name, _comparable(value[name])) for name in sorted(value)],
}
