"""A state that is loaded from what DuckDB's exports is the one that records would have made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from cdc.contract.schemas import Column
from cdc.contract.values import json_encoder
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import Engine
from materializers.engines.row_engine.engine import RowEngine
from materializers.engines.row_engine.load import load
from materializers.errors import OtherBuild, RebuildError, ViewError
from materializers.intake.batch import Batch
from materializers.sql.catalogue import BUILT_IN
from materializers.step import Step
from tests.contracts.engine_states import changed, version_of
from tests.rows.random_source import RandomSource
from tests.unit.shop import declare
from tests.views.feed import Feed, table_schema

PART_ROWS = 3
VIEWS = {
    "plain": "SELECT id, g, n, s, m FROM a WHERE x > 0",
    "joined": "SELECT a.id, b.id AS other, b.m, a.n FROM a JOIN b ON b.a = a.g",
    "padded": "SELECT a.id, c.id AS c, c.w, c.d FROM a LEFT JOIN c ON c.a = a.x",
    "both": "SELECT a.id, b.m, b.id AS b FROM a FULL JOIN b ON b.a = a.x",
    "sums": "SELECT g, count(*), sum(n), avg(n), min(s), max(n) FROM a GROUP BY g",
    "all_of_it": "SELECT count(*), sum(w) FROM c",
    "texts": "SELECT g, string_agg(s, ',' ORDER BY s, id) FROM a GROUP BY g",
    "ranked": "SELECT id, g, rank() OVER (PARTITION BY g ORDER BY x, id) FROM a",
    "top": "SELECT id, x FROM a ORDER BY x DESC, id LIMIT 3",
    "firsts": "SELECT DISTINCT ON (g) g, id, x FROM a ORDER BY g, x, id",
    "unmatched": "SELECT id, n FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.a = a.id)",
    "either": "SELECT g FROM a EXCEPT SELECT a FROM b",
    "of_ranks": "SELECT g, count(*) FROM (SELECT g, rank() OVER (PARTITION BY g ORDER BY x, id) r"
    " FROM a) q WHERE r < 3 GROUP BY g",
}


TEXTS = [
    ("smallint", 21, ["-3", "32767"]),
    ("bigint", 20, ["9223372036854775807", "-9223372036854775808"]),
    ("oid", 26, ["4294967295"]),
    (
        "numeric",
        1700,
        ["1.50", "1.5", "NaN", "Infinity", "-Infinity", "0.000000000000000000000001"],
    ),
    ("numeric(12,2)", 1700, ["1.50", "-0.01", "0.00", "9999999999.99"]),
    ("double precision", 701, ["0.1", "NaN", "-Infinity", "1e+300", "3", "-0"]),
    ("real", 700, ["0.1", "NaN", "Infinity", "16777216"]),
    ("boolean", 16, ["t", "f"]),
    ("text", 25, ["", 'a "word"', "ü\n"]),
    ("uuid", 2950, ["00000000-0000-0000-0000-00000000000a"]),
    ("bytea", 17, ["\\x00ff", "\\x"]),
    ("date", 1082, ["2024-02-29", "infinity", "-infinity", "0044-03-15 BC", "12024-01-01"]),
    ("time without time zone", 1083, ["01:02:03.5", "24:00:00"]),
    ("timestamp without time zone", 1114, ["2024-02-29 01:02:03.000001", "infinity", "-infinity"]),
    ("timestamp with time zone", 1184, ["2024-02-29 01:02:03.5+00", "infinity", "-infinity"]),
    ("interval", 1186, ["P1Y2M3DT4H5M6.7S", "P-1M", "PT0S", "P-1Y-2M-3DT-4H-5M-6.700001S"]),
    ("json", 114, ['{"a":  [1, 2.50]}']),
    ("jsonb", 3802, ['{"a": [1, 2.50]}']),
    ("money", 790, ["$1,234.50"]),
    ("integer[]", 1007, ["{1,NULL,3}", "{}"]),
    ("numeric[]", 1231, ["{1.50,NULL}"]),
    ("text[]", 1009, ['{a,"b c",NULL}']),
    ("uuid[]", 2951, ["{00000000-0000-0000-0000-00000000000a}"]),
    ("date[]", 1182, ["{2024-02-29,NULL}"]),
    ("timestamp without time zone[]", 1115, ['{"2024-02-29 01:02:03.000001"}']),
    ("timestamp with time zone[]", 1185, ['{"2024-02-29 01:02:03.5+00"}']),
]


class ScaledSource(RandomSource):
    """As capture sends them: numbers of a declared scale have all its digits."""

    def _value(self, column: Column) -> Any:
        value = super()._value(column)
        if value is None or column.typmod != (6 << 16 | 2) + 4:
            return value
        return f"{Decimal(value):.2f}"


def batches(path: Path, places: tuple[int, ...]) -> Iterator[pa.RecordBatch]:
    """Small parts, so that operators move often."""
    by = ", ".join(f"c{place}" for place in places)
    with duckdb.connect() as connection:
        sorted_rows = connection.sql(f"SELECT * FROM read_parquet('{path}') ORDER BY {by}")
        yield from sorted_rows.to_arrow_table().to_batches(PART_ROWS)


class Pair:
    """Both engines on the same batches, and a state that is loaded from DuckDB's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bulk = DuckDBEngine.open(folder / "bulk.duckdb", threads=1)
        self.rows = RowEngine.open(folder / "direct.rows")

    def declare(self, feed: Feed, views: dict[str, str]) -> None:
        for engine in (self.bulk, self.rows):
            for name, sql in views.items():
                declare(engine, feed, name, sql)

    def apply(self, batch: Batch) -> None:
        for engine in (self.bulk, self.rows):
            assert not engine.apply(batch).failures

    def loaded(self, name: str = "loaded") -> RowEngine:
        folder = self.folder / name
        folder.mkdir()
        builds = {label: view.generation for label, view in self.bulk.views.items()}
        exported = self.bulk.export(folder, builds, lambda: None)
        load(folder / "loaded.rows", exported, batches, BUILT_IN, lambda rows: None)
        return RowEngine.open(folder / "loaded.rows")

    def close(self) -> None:
        self.bulk.close()
        self.rows.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    yield made
    made.close()


def content(engine: RowEngine) -> dict[str, list[tuple[bytes, bytes]]]:
    """All spaces but the catalogue's and the outboxes; of groups the keys, because a sum may have
    more zeros than it shows."""
    store = engine.file.store
    names = [name for name in store.names() if name != "meta" and not name.startswith("outbox")]
    return {
        name: [(k, b"" if name.startswith("groupby") else v) for k, v in store.space(name).scan()]
        for name in sorted(names)
    }


@pytest.mark.parametrize("seed", range(2))
def test_it_has_the_bytes_that_records_would_have_made(pair: Pair, seed: int) -> None:
    source = ScaledSource(Random(seed))
    pair.declare(source.feed, VIEWS)
    for _ in range(5):
        source.change(25)
        pair.apply(source.feed.batch())
    loaded = pair.loaded()
    try:
        assert (loaded.cut, loaded.offsets) == (pair.bulk.cut, pair.bulk.offsets)
        assert loaded.schemas == pair.bulk.schemas
        assert rows_of(loaded) == rows_of(pair.rows)
        assert content(loaded) == content(pair.rows)
        for _ in range(3):
            source.change(25)
            pair.apply(batch := source.feed.batch())
            assert not loaded.apply(batch).failures
            assert content(loaded) == content(pair.rows)
    finally:
        loaded.close()


def rows_of(engine: Engine) -> dict[str, int]:
    return {name: view.rows for name, view in engine.views.items()}


def typed_column(kind: str, oid: int) -> Column:
    typmod = (12 << 16 | 2) + 4 if kind == "numeric(12,2)" else -1
    return Column(f"v {kind}", kind.partition("(")[0], oid, typmod)


def test_values_of_every_type(pair: Pair) -> None:
    schema = table_schema("public.t", [("id", "integer")], ["id"])
    columns = [typed_column(kind, oid) for kind, oid, _ in TEXTS]
    feed = Feed([replace(schema, columns=(*schema.columns, *columns))])
    pair.declare(feed, {"all_of_it": "SELECT * FROM t"})
    pair.apply(feed.batch())
    for number in range(6):
        after = b",".join(
            b'"v %b":%b' % (kind.encode(), json_encoder(oid, kind)(texts[number].encode()))
            for kind, oid, texts in TEXTS
            if number < len(texts)
        )
        record = b'{"before":null,"after":{"id":%d,%b},"op":"c"}' % (number, after or b'"x":0')
        feed.raw("public.t", b'{"id":%d}' % number, record)
    pair.apply(feed.batch())
    loaded = pair.loaded()
    try:
        assert content(loaded) == content(pair.rows)
        there, expected = (each.full("all_of_it") for each in (loaded, pair.rows))
        assert rows_by_id(there) == rows_by_id(expected)
    finally:
        loaded.close()


def rows_by_id(step: Step) -> pa.Table:
    """Floats as texts: NaN is equal to NaN."""
    found = pa.Table.from_batches(list(step.upserts)).sort_by("id")
    kinds = [pa.string() if pa.types.is_floating(each.type) else each.type for each in found.schema]
    return found.cast(pa.schema(list(zip(found.column_names, kinds, strict=True))))


def test_its_outbox_begins_at_the_export(pair: Pair) -> None:
    """A sink at an earlier cut is filled again: rows that came and went since are in no outbox."""
    source = ScaledSource(Random(7))
    pair.declare(source.feed, {"plain": VIEWS["plain"], "sums": VIEWS["sums"]})
    versions = []
    for _ in range(3):
        source.change(20)
        pair.apply(source.feed.batch())
        versions.append(version_of(pair.bulk))
    (*_, before, start), loaded = versions, pair.loaded()
    try:
        source.change(20)
        batch = source.feed.batch()
        assert not loaded.apply(batch).failures
        pair.apply(batch)
        for name in ("plain", "sums"):
            assert loaded.has_since(name, start) and not loaded.has_since(name, before)
            there, expected = (each.step(name, start, 1) for each in (loaded, pair.bulk))
            assert changed(there) == changed(expected)
    finally:
        loaded.close()


def test_a_view_that_has_no_rule_is_refused(pair: Pair) -> None:
    feed = Feed([table_schema("public.marks", [("id", "integer"), ("b", "bit")], ["id"])])
    declare(pair.bulk, feed, "marks", "SELECT id, b FROM marks")
    assert not pair.bulk.apply(feed.batch()).failures
    with pytest.raises(ViewError, match="bit"):
        pair.loaded()


def test_a_view_of_another_build_is_not_exported(pair: Pair) -> None:
    source = ScaledSource(Random(1))
    pair.declare(source.feed, {"plain": VIEWS["plain"]})
    source.change(5)
    pair.apply(source.feed.batch())
    with pytest.raises(OtherBuild):
        pair.bulk.export(pair.folder, {"plain": 2}, lambda: None)


def test_an_export_ends_when_it_is_asked_to(pair: Pair) -> None:
    source = ScaledSource(Random(1))
    pair.declare(source.feed, {"plain": VIEWS["plain"]})
    source.change(5)
    pair.apply(source.feed.batch())

    def stop() -> None:
        raise RebuildError("stopped")

    with pytest.raises(RebuildError, match="stopped"):
        pair.bulk.export(pair.folder, {"plain": 1}, stop)
    source.change(5)
    pair.apply(source.feed.batch())
