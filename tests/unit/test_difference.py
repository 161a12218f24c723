"""Reports of differing rows, and the allowed number of them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from materializers.delivery.scratch_rows import ScratchSide, difference
from materializers.delivery.sink_rows import compared
from materializers.difference import ANY, Allowance, Difference
from materializers.errors import RebuildError
from tests.contracts.opened_sinks import in_memory
from tests.contracts.view_rows import (
    EVERYTHING,
    LINES,
    ORDERS,
    batch,
    everything,
    line,
    order,
    step,
    view,
)


@pytest.mark.parametrize(
    ("text", "admitted", "refused"),
    [("0", 0, 1), ("12", 12, 13), ("0.5%", 5, 6), ("100%", 1000, 1001)],
)
def test_an_allowance(text: str, admitted: int, refused: int) -> None:
    allowance = Allowance.parse(text)
    assert allowance.admits(Difference(1000, missing=admitted))
    assert not allowance.admits(Difference(1000, unlike=refused))
    assert ANY.admits(Difference(1000, missing=1000, extra=99_999))


@pytest.mark.parametrize("text", ["", "a", "1.5", "-1", "1e3", "%", "5 %"])
def test_what_is_no_allowance(text: str) -> None:
    with pytest.raises(RebuildError, match="is no number of rows"):
        Allowance.parse(text)


def test_rows_that_differ_are_told_by_key(tmp_path: Path) -> None:
    held = in_memory(ORDERS)
    held.create(1)
    held.write(1, step(ORDERS, 1, [order(1), order(2, "changed"), order(4)]))
    expected = batch(ORDERS, [order(1, total="1.5000"), order(2), order(3)])
    found = compared(ORDERS, [expected], held.scan(1), tmp_path)
    assert found is not None and (found.missing, found.extra, found.unlike) == (1, 1, 1)
    told = "of 3 rows 1 missing (id = 3), 1 extra (id = 4), 1 unlike (id = 2)"
    assert str(found) == told and [*tmp_path.iterdir()] == []


def test_many_rows_are_compared_by_parts(tmp_path: Path) -> None:
    expected, found = ScratchSide(tmp_path, "expected"), ScratchSide(tmp_path, "found")
    with expected, found:
        for number in range(10_000):
            row = number.to_bytes(16)
            expected.add(f"{number:05}", row)
            if number % 1000:
                found.add(f"{number:05}", row if number % 2500 != 1 else bytes(16))
        found.add("00007", bytes(16))
    told = difference(expected, found)
    assert (told.rows, told.missing, told.extra, told.unlike) == (10_000, 10, 0, 5)
    assert told.keys == {
        "missing": tuple(f"{number:05}" for number in range(0, 10_000, 1000)),
        "unlike": ("00001", "00007", "02501", "05001", "07501"),
    }


def test_every_type_is_equal_to_itself(tmp_path: Path) -> None:
    held, rows = in_memory(EVERYTHING), [everything(1), everything(2, is_null=True)]
    held.create(1)
    held.write(1, step(EVERYTHING, 1, rows))
    found = compared(EVERYTHING, [batch(EVERYTHING, rows)], held.scan(1), tmp_path)
    assert found is not None and found.count == 0 and found.rows == 2


def test_days_that_python_lacks_are_compared(tmp_path: Path) -> None:
    days = view("days", ["id"], id="integer", day="date")
    sql = "SELECT 1 AS id, date 'infinity' AS day UNION ALL SELECT 2, date '0044-03-15 (BC)'"
    with duckdb.connect() as connection:
        rows = connection.sql(sql).to_arrow_table().to_batches()
    there = [{"id": 1, "day": "infinity"}, {"id": 2, "day": "0044-03-16 BC"}]
    found = compared(days, rows, iter(there), tmp_path)
    assert found is not None and (found.rows, found.unlike, found.missing) == (2, 1, 0)


def test_many_rows_and_an_empty_side(tmp_path: Path) -> None:
    rows = [line(str(number), 1) for number in range(50_000)]
    found = compared(LINES, [batch(LINES, rows)], iter(()), tmp_path)
    assert found is not None and found.missing == 50_000
    assert "customer = '0', position = 1" in str(found) and ", …)" in str(found)
    nothing: list[pa.RecordBatch] = []
    found = compared(LINES, nothing, iter(rows), tmp_path)
    assert found is not None and (found.extra, found.rows) == (50_000, 0)


def test_rows_of_another_form_are_not_compared(tmp_path: Path) -> None:
    members = iter([{"key": "a", "member": "b"}])
    assert compared(LINES, [batch(LINES, [line("a", 1)])], members, tmp_path) is None
