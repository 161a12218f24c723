"""Compares the rows that a sink holds with those it should hold.

Both sides are streamed row by row, as plain values, into a scratch database of keys and digests
that spills to disk. Memory is limited, whatever the view's size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from materializers.difference import KEYS_SHOWN_MAX, KINDS, Difference, key_text
from materializers.sinks.kind import kind_of
from materializers.sinks.plain import plain_value
from materializers.view import ViewSchema

ROWS_PER_BATCH = 20_000
MEMORY_LIMIT = "256MB"
PlainRow = Mapping[str, Any]

_COUNTS = """
SELECT (SELECT count(*) FROM expected), count(*) FILTER (found_key IS NULL),
    count(*) FILTER (expected_key IS NULL), count(*) FILTER (expected_key = found_key)
FROM differing
"""
_DIFFERING = """
CREATE TABLE differing AS SELECT e.key AS expected_key, f.key AS found_key
FROM expected e FULL JOIN found f ON e.key = f.key
WHERE e.key IS NULL OR f.key IS NULL OR e.digest <> f.digest
"""
_WHERE = ("found_key IS NULL", "expected_key IS NULL", "expected_key = found_key")


def compared(
    view: ViewSchema, expected: Iterable[pa.RecordBatch], found: Iterable[PlainRow], scratch: Path
) -> Difference | None:
    """How a sink's rows differ from those expected. None where they have other columns than the
    view and so cannot be compared (members of sets). `scratch`: a folder to spill into."""
    rows = iter(found)
    first = list(islice(rows, 1))
    if first and set(first[0]) != {column.name for column in view.columns}:
        return None
    with TemporaryDirectory(dir=scratch, prefix="compare-") as folder:
        with duckdb.connect(f"{folder}/rows.duckdb") as database:
            database.execute(f"SET memory_limit = '{MEMORY_LIMIT}'; SET threads = 1")
            _store(database, "expected", view, _plain_rows(view, expected))
            _store(database, "found", view, _joined(first, rows))
            database.execute(_DIFFERING)
            return _difference(database)


def _joined(first: list[PlainRow], rest: Iterator[PlainRow]) -> Iterator[PlainRow]:
    yield from first
    yield from rest


def _plain_rows(view: ViewSchema, batches: Iterable[pa.RecordBatch]) -> Iterator[PlainRow]:
    kinds = {column.name: kind_of(column.type_name) for column in view.columns}
    for batch in batches:
        for row in batch.to_pylist():
            yield {name: plain_value(kinds[name], value) for name, value in row.items()}


def _store(
    database: duckdb.DuckDBPyConnection, table: str, view: ViewSchema, rows: Iterator[PlainRow]
) -> None:
    database.execute(f"CREATE TABLE {table} (key VARCHAR, digest BLOB)")
    columns = [column.name for column in view.columns]
    while batch := list(islice(rows, ROWS_PER_BATCH)):
        keys = [key_text(view.key, tuple(_comparable(row[k]) for k in view.key)) for row in batch]
        digests = [_digest([row[name] for name in columns]) for row in batch]
        made = pa.table({"key": keys, "digest": digests})
        database.register("made", made)
        database.execute(f"INSERT INTO {table} FROM made")
        database.unregister("made")


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


def _difference(database: duckdb.DuckDBPyConnection) -> Difference:
    counts = database.execute(_COUNTS).fetchone()
    assert counts is not None
    keys = {
        kind: tuple(
            row[0]
            for row in database.execute(
                "SELECT coalesce(expected_key, found_key) FROM differing"
                f" WHERE {where} ORDER BY 1 LIMIT {KEYS_SHOWN_MAX}"
            ).fetchall()
        )
        for kind, where in zip(KINDS, _WHERE, strict=True)
    }
    rows, missing, extra, unlike = counts
    shown = {kind: names for kind, names in keys.items() if names}
    return Difference(rows, missing, extra, unlike, shown)
