"""Rows as Arrow: what the engine on DuckDB gives sinks for the same view over the same records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cdc.contract.schemas import Column, TableSchema
from cdc.position import Lsn
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.rows.arrow import ArrowRows
from materializers.engines.rows.failure import UnfitValue
from materializers.engines.rows.records import Records
from materializers.engines.rows.relations.evaluated import evaluation
from materializers.engines.rows.values import MOMENT_INFINITY
from materializers.sinks.json_rows import JsonRows
from materializers.sinks.plain import parse_json
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import plan_view
from materializers.sql.relations.relation import Column as PlanColumn
from materializers.sql.types.captured import captured_type
from materializers.sql.types.sql_type import (
    BIGINT,
    TIMESTAMP,
    TIMESTAMPTZ,
    SqlType,
    array_of,
    numeric,
)
from materializers.view import ViewDefinition
from tests.views.feed import Feed


def _typmod(precision: int, scale: int) -> int:
    return (precision << 16 | scale) + 4


UUID = "8c2f9f1e-57e4-4f5d-9c8e-0d8f6f1f8a11"
JSON = '[{"sku": "a\\n", "qty": 1},\n {"sku": "ü", "qty": 9007199254740993.10}]'
DAYS = ["2013-01-31Z", "infinity", "-infinity", "+12024-02-29Z", "-0043-03-15Z", "0000-12-31Z"]
MOMENTS = [
    "2013-01-01T05:00:00.123456Z", "2013-01-01T05:00:00.120000Z", "infinity", "-infinity",
    "+294246-12-31T23:59:59.999999Z", "-4712-01-01T00:00:00Z", "0000-06-01T12:00:00Z",
    "1969-12-31T23:59:59.999999Z",
]  # fmt: skip
INTERVALS = [
    "P1Y2M3DT4H5M6.7S", "P0Y0M0DT0H0M0S", "infinity", "-infinity", "P-1Y-2M3DT0H0M-0.5S",
    "P0Y0M0DT-100H-5M0S", "P0Y1M-30DT0H0M10S",
]  # fmt: skip

VALUES: dict[str, tuple[tuple[str, int], list[Any]]] = {
    "smallint": (("smallint", -1), [-(2**15), 2**15 - 1]),
    "integer": (("integer", -1), [-(2**31), 2**31 - 1]),
    "bigint": (("bigint", -1), [-(2**63), 2**63 - 1, 0]),
    "oid": (("oid", -1), [0, 2**32 - 1]),
    "real": (("real", -1), [0.1, 1e-45, 3.4028235e38, "NaN", "-Infinity", -0.0]),
    "double": (("double precision", -1), [0.1, 5e-324, "NaN", "Infinity", "-Infinity", -0.0]),
    "narrow": (("numeric", _typmod(10, 2)), ["99999999.99", "-0.01", "0.00", "1.50"]),
    "all_scale": (("numeric", _typmod(6, 6)), ["0.000001", "-0.999999"]),
    "most": (("numeric", _typmod(38, 10)), ["-" + "9" * 28 + ".0123456789"]),
    "thousands": (("numeric", _typmod(3, 2046)), ["12000", "-99900"]),
    "wide": (
        ("numeric", -1),
        ["NAN", "POSITIVE_INFINITY", "NEGATIVE_INFINITY", "1" + "0" * 60, "1.500", "0.00",
         "-0." + "0" * 30 + "1"],
    ),
    "declared_wide": (("numeric", _typmod(60, 30)), ["0." + "0" * 30, "1" * 30 + "." + "1" * 30]),
    "boolean": (("boolean", -1), [True, False]),
    "text": (("text", -1), ['a "quoted" \\ text,\n\ttab, \u2028 and Grüße 🚀', ""]),
    "varchar": (("character varying", 24), ["", "abc"]),
    "char": (("character", 9), ["abc  ", "     "]),
    "citext": (("public.citext", -1), ["Abc", "ABC"]),
    "name": (("name", -1), ["orders"]),
    "bytea": (("bytea", -1), ["", "AP/+", "YQ=="]),
    "uuid": (("uuid", -1), [UUID]),
    "json": (("json", -1), [JSON, "null", "1.10", '{"b": 1, "a": 1, "b": 2}']),
    "jsonb": (("jsonb", -1), ['{"a": 1, "bb": [1.10, null]}', "null", '"x"']),
    "date": (("date", -1), DAYS),
    "timestamp": (("timestamp without time zone", -1), MOMENTS),
    "timestamptz": (("timestamp with time zone", -1), MOMENTS),
    "time": (("time without time zone", -1), ["00:00:00Z", "24:00:00Z", "23:59:59.999999Z"]),
    "timetz": (("time with time zone", -1), ["10:00:00.5Z", "12:30:00-05:30", "24:00:00+02:00"]),
    "interval": (("interval", -1), INTERVALS),
    "money": (("money", -1), ["-92233720368547758.08", "1.50"]),
    "mood": (("shop.mood", -1), ["sad", "it's fine"]),
    "inet": (("inet", -1), ["10.0.0.1/8"]),
    "range": (("int4range", -1), ["[1,5)", "empty"]),
    "varbit": (("bit varying", -1), ["0110", ""]),
    "xml": (("xml", -1), ["<a>1</a>"]),
    "matrix": (("integer[]", -1), ["{{1,2},{3,NULL}}", "[2:3]={1,2}"]),
}  # fmt: skip
"""By column: its type, and values as they stand in the envelope."""

UNLIKE = ("interval_array",)
"""DuckDB has the text of a list there, which is no array to any sink."""

COMPUTED = {
    "total": "sum(b)",
    "whole": "sum(i)",
    "money": "sum(n)",
    "mean": "avg(n)",
    "product": "min(n) * min(n)",
    "half": "min(n) / 8",
    "wide": "sum(w)",
    "deviation": "stddev(d)",
    "listed": "array_agg(n ORDER BY id)",
    "names": "array_agg(s ORDER BY id)",
    "days": "array_agg(t::date ORDER BY id)",
    "moments": "array_agg(t ORDER BY id)",
    "text": "string_agg(s, ',' ORDER BY id)",
    "later": "max(t) + interval '1 month'",
    "lasted": "max(t) - min(t)",
    "length": "sum(interval '1 mon -3 days 00:00:01.5' * i)",
    "seconds": "extract(epoch FROM max(t))",
    "json": "json_build_object('n', sum(n), 'at', max(t))",
    "jsonb": "jsonb_build_object('bb', min(s), 'a', sum(n))",
    "median": "percentile_cont(0.5) WITHIN GROUP (ORDER BY d)",
    "is_any": "bool_or(b > 1)",
    "word": "'x'",
    "nothing": "NULL",
    "padded": "min(s)::char(5)",
    "real": "min(d)::real",
    "time": "max(t)::time",
}


def _column(name: str, suffix: str = "") -> Column:
    type_name, typmod = VALUES[name][0]
    labels = ("it's fine", "sad") if name == "mood" else ()
    dimensions = 2 if name == "matrix" else 0
    place = f"{name}_array" if suffix else name
    return Column(place, type_name + suffix, 0, typmod, True, labels, "", dimensions)


COLUMNS = [_column(name) for name in VALUES]
COLUMNS += [_column(name, "[]") for name in VALUES if name != "matrix"]


class _Compared:
    """A view in both engines. `columns`: as it is planned; `theirs`: DuckDB's rows, `ours`: the row
    engine's, in the same order."""

    def __init__(self, folder: Path, sql: str, columns: Sequence[Column], rows: list[Any]) -> None:
        key = Column("id", "integer", 23, -1, False)
        schema = TableSchema("public.t", (key, *columns), ("id",), Lsn(1))
        feed, view = Feed([schema]), ViewDefinition("v", sql, folder, 1)
        for number, row in enumerate(rows):
            feed.put("public.t", {**row, "id": number})
        plan = plan_view(view, {schema.table: schema}, None, BUILT_IN)
        self.schema, self.columns, batch = plan.schema, plan.root.columns, feed.batch()
        with closing(DuckDBEngine.open(folder / "state.duckdb", threads=1)) as engine:
            engine.declare(view, feed.schemas, key=None, generation=1)
            engine.apply(batch)
            assert not engine.views["v"].failure
            self.theirs = _sorted(engine.full("v").upserts, plan.schema.key)
        kinds = [(c.name, captured_type(c)) for c in schema.columns]
        records = batch.records[schema.table]
        read = Records(kinds, schema.key).read(records.keys, records.values)
        tables = {schema.table: [dict(zip(dict(kinds), row, strict=True)) for _, row in read]}
        ours = ArrowRows(self.columns).batches(evaluation(plan.root)(tables), rows_max=3)
        self.ours = _sorted(ours, plan.schema.key)


def _sorted(batches: Iterable[pa.RecordBatch], key: Sequence[str]) -> pa.RecordBatch:
    table = pa.Table.from_batches(list(batches))
    (batch,) = table.sort_by([(name, "ascending") for name in key]).combine_chunks().to_batches()
    return batch


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> _Compared:
    """A table of all types: a row for each value, with all of them in arrays, and NULLs."""
    most = max(len(values) for _, values in VALUES.values())
    rows: list[dict[str, Any]] = [{} for _ in range(most + 1)]
    for name, (_, values) in VALUES.items():
        for row, value in zip(rows, values, strict=False):
            row[name] = value
        rows[0][f"{name}_array"], rows[1][f"{name}_array"] = [*values, None], []
    return _Compared(tmp_path_factory.mktemp("captured"), "SELECT * FROM t", COLUMNS, rows)


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> _Compared:
    kinds = {
        "k": ("integer", -1), "i": ("integer", -1), "b": ("bigint", -1), "s": ("text", -1),
        "n": ("numeric", _typmod(10, 2)), "w": ("numeric", -1), "d": ("double precision", -1),
        "t": ("timestamp without time zone", -1),
    }  # fmt: skip
    columns = [Column(name, kind, 0, typmod) for name, (kind, typmod) in kinds.items()]
    rows: list[dict[str, Any]] = [
        {
            "k": 1,
            "i": 1,
            "b": 2**62,
            "n": "1.50",
            "w": "1.250",
            "d": 0.5,
            "s": "one",
            "t": MOMENTS[0],
        },
        {"k": 1, "i": 2, "b": 2**62, "n": "-2.25", "w": "7", "d": 2.5, "s": "two", "t": MOMENTS[1]},
        {"k": 2},
    ]
    listed = ", ".join(f"{words} AS {name}" for name, words in COMPUTED.items())
    sql = f"SELECT k, {listed} FROM t GROUP BY k"
    return _Compared(tmp_path_factory.mktemp("computed"), sql, columns, rows)


@pytest.mark.parametrize("name", [c.name for c in COLUMNS if c.name not in UNLIKE])
def test_captured_values_are_duckdbs(captured: _Compared, name: str) -> None:
    assert captured.ours.field(name) == captured.theirs.field(name)
    assert _held(captured.ours[name]) == _held(captured.theirs[name])


@pytest.mark.parametrize("name", COMPUTED)
def test_computed_values_are_duckdbs(computed: _Compared, name: str) -> None:
    (column,) = [c for c in computed.columns if c.name == name]
    assert computed.ours.field(name) == computed.theirs.field(name)
    assert _shown(computed.ours[name], column) == _shown(computed.theirs[name], column)


def test_sinks_write_the_same(captured: _Compared, computed: _Compared) -> None:
    for view in captured, computed:
        names = [c.name for c in view.columns if c.name not in UNLIKE]
        with closing(JsonRows(view.schema)) as texts:
            both = [texts.documents(rows.select(names)) for rows in (view.ours, view.theirs)]
        ours, theirs = ([parse_json(text) for text in each] for each in both)
        assert ours == theirs


def test_an_array_of_intervals_is_a_list(captured: _Compared) -> None:
    assert captured.ours["interval_array"].to_pylist()[:3] == [[*INTERVALS, None], [], None]


def _held(values: pa.Array) -> str:
    """Values as they lie in Arrow, for years that Python lacks: NaN is NaN, 0 is not -0, and 1.5 is
    not 1.50."""
    if pa.types.is_list(values.type):
        lengths, inner = values.value_lengths().to_pylist(), values.flatten()
        return f"{lengths} {_held(inner)}"
    if pa.types.is_date(values.type):
        values = values.view(pa.int32())
    elif pa.types.is_temporal(values.type):
        values = values.view(pa.int64())
    return repr(values.to_pylist())


def _shown(values: pa.Array, column: PlanColumn) -> str:
    """A json's text is PostgreSQL's here, with blanks that DuckDB leaves out."""
    if column.type.name != "json":
        return _held(values)
    return repr([None if text is None else parse_json(text) for text in values.to_pylist()])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (numeric(5, 2), Decimal("1.001")),
        (numeric(5, 2), Decimal("1000")),
        (numeric(5, 2), Decimal("NaN")),
        (array_of(numeric(5, 2)), (None, Decimal("Infinity"))),
        (BIGINT, 2**63),
        (TIMESTAMP, 2**63 - 1),
        (TIMESTAMPTZ, 2**63),
        (array_of(TIMESTAMPTZ), (MOMENT_INFINITY - 1,)),
    ],
)
def test_a_value_that_arrow_has_no_room_for_is_an_error(kind: SqlType, value: Any) -> None:
    rows = ArrowRows([PlanColumn("id", BIGINT, False), PlanColumn("v", kind, True)])
    with pytest.raises(UnfitValue, match="column v: a value does not fit") as raised:
        rows.batch([(1, None), (2, value)])
    assert raised.value.kind == kind


def test_batches_are_cut() -> None:
    rows = ArrowRows([PlanColumn("id", BIGINT, False)])
    assert [b.num_rows for b in rows.batches(((n,) for n in range(7)), rows_max=3)] == [3, 3, 1]
    assert not list(rows.batches([]))
    assert rows.batch([]).num_rows == 0 and rows.batch([]).schema == rows.schema
