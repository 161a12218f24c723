"""Keys sort, and are equal, as the values are."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from materializers.engines.rows.relations.ordering import in_order
from materializers.engines.rows.row_key import row_key
from materializers.engines.rows.store.key_bytes import key_bytes, order_bytes
from materializers.sql.types.expression import ColumnRef
from materializers.sql.types.sort_key import SortKey
from materializers.sql.types.sql_type import SqlType
from tests.rows.values_of_types import KINDS, rows_of


@given(st.data(), KINDS)
def test_keys_are_equal_where_the_values_are(data: Any, kinds: list[SqlType]) -> None:
    one, two = data.draw(rows_of(kinds)), data.draw(rows_of(kinds))
    write, key = key_bytes(kinds), row_key(kinds)
    assert (write(one) == write(two)) is (key(one) == key(two))


@given(st.data(), KINDS)
def test_keys_sort_as_order_by_says(data: Any, kinds: list[SqlType]) -> None:
    order = tuple(
        SortKey(ColumnRef("c", kind), data.draw(st.booleans()), data.draw(st.booleans()))
        for kind in kinds
    )
    write = order_bytes(order)
    rows = data.draw(st.lists(rows_of(kinds), max_size=12))
    expected = [write(row) for _, row in in_order([(row, row) for row in rows], order)]
    assert sorted(map(write, rows)) == expected


@given(st.data(), KINDS)
def test_no_key_begins_as_another_one(data: Any, kinds: list[SqlType]) -> None:
    rows = data.draw(st.lists(rows_of(kinds), max_size=12))
    keys = sorted({key_bytes(kinds)(row) for row in rows})
    assert not any(two.startswith(one) for one, two in pairwise(keys))
