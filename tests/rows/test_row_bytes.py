"""Rows come back from their bytes as they were."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.sql.types.sql_type import DOUBLE, INTEGER, TEXT, SqlType
from tests.rows.values_of_types import KINDS, NUMERIC, rows_of


@given(st.data(), KINDS)
def test_a_row_comes_back_as_it_was(data: Any, kinds: list[SqlType]) -> None:
    row = data.draw(rows_of(kinds))
    found = RowBytes(kinds).read(RowBytes(kinds).write(row))
    assert repr(found) == repr(row)  # the scale of a number and the sign of zero included
    assert [type(value) for value in found] == [type(value) for value in row]


def test_rows_that_show_otherwise_have_other_bytes() -> None:
    write = RowBytes([NUMERIC, DOUBLE]).write
    shown = [(Decimal("1.0"), 0.0), (Decimal("1.00"), 0.0), (Decimal("1.0"), -0.0)]
    assert len({write(row) for row in shown}) == 3
    assert write((Decimal("NaN"), float("nan"))) == write((Decimal("NaN"), float("nan")))


def test_records_and_rows_without_columns_are_kept() -> None:
    record = SqlType("record", fields=(("a", INTEGER), ("b", TEXT)))
    for row in ((1, None),), ((2**64, "1"),), (None,):
        assert RowBytes([record]).read(RowBytes([record]).write(row)) == row
    assert RowBytes([]).read(RowBytes([]).write(())) == ()
