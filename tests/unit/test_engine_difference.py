"""The changes of two engines are compared by value, key by key."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from materializers.engines.hybrid.difference import difference_of_steps
from materializers.step import Step
from materializers.view import ViewColumn, ViewSchema

COLUMNS = (("id", "integer"), ("n", "numeric"), ("d", "double precision"), ("j", "jsonb[]"))
SCHEMA = ViewSchema("v", tuple(ViewColumn(*each) for each in COLUMNS), ("id",))
NARROW, WIDE = (
    pa.schema([("id", pa.int32()), ("n", kind), ("d", pa.float64()), ("j", pa.list_(pa.string()))])
    for kind in (pa.decimal128(14, 4), pa.string())
)


def batch(types: pa.Schema, *rows: tuple[object, ...]) -> pa.RecordBatch:
    names = [name for name, _ in COLUMNS]
    return pa.RecordBatch.from_pylist([dict(zip(names, row, strict=True)) for row in rows], types)


ROW = (1, Decimal("74.5"), 0.1 + 0.2, ['{"a":1.0,"b":null}'])
NOTHING = (2, None, None, None)


def test_equal_values_may_be_written_differently() -> None:
    here = batch(NARROW, ROW, NOTHING)
    there = batch(WIDE, (1, "74.50", 0.3, ['{"b" : null, "a" : 1}']), NOTHING)
    found = difference_of_steps(Step(1, "", [here], []), Step(1, "", [there], []), SCHEMA)
    assert (found.count, found.rows) == (0, 2)


def test_other_values_other_rows_and_other_deletions_are_told() -> None:
    here, there = batch(NARROW, ROW, NOTHING), batch(WIDE, (1, "74.51", 0.3, ["{}"]))
    gone = batch(WIDE, NOTHING).select(["id"])
    found = difference_of_steps(Step(1, "", [here], []), Step(1, "", [there], [gone]), SCHEMA)
    assert (found.unlike, found.missing, found.extra) == (1, 1, 1)
    assert found.keys == {"missing": ("id = 2",), "extra": ("id = 2",), "unlike": ("id = 1",)}
