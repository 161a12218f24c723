"""Relations evaluated by the row engine, beyond the views' cases."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.relations.evaluated import evaluated, evaluation
from materializers.sql.relations.first import Limit
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.map import Map
from materializers.sql.relations.nested import InRows, OnlyValue
from materializers.sql.relations.relation import Column
from materializers.sql.relations.scan import Scan
from materializers.sql.relations.set_operations import SetOperation
from materializers.sql.relations.window import Window
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.expression import (
    Apply,
    ColumnRef,
    Constant,
    Expression,
    boolean,
)
from materializers.sql.types.sort_key import Bounds, SortKey
from materializers.sql.types.sql_type import BIGINT, DOUBLE, INTEGER, SqlType, numeric
from materializers.sql.types.window_call import Bound, Frame, WindowCall


def _table(kind: SqlType = INTEGER, name: str = "t") -> Scan:
    return Scan(name, (("v", Column(f"{name}.v", kind, True)),), ())


def _rows(*values: Any, name: str = "t") -> dict[str, list[dict[str, Any]]]:
    return {name: [{"v": value} for value in values]}


def _column(kind: SqlType = INTEGER, name: str = "t") -> ColumnRef:
    return ColumnRef(f"{name}.v", kind, True)


def _total(call: AggregateCall, kind: SqlType, *values: Any) -> Any:
    ((found,),) = evaluated(GroupBy(_table(kind), (), (("a", call),), frozenset()), _rows(*values))
    return found


def test_a_compiled_relation_is_evaluated_over_any_tables() -> None:
    double = Apply("+", (_column(), _column()), INTEGER)
    evaluate = evaluation(Map(_table(), (("d", double),), boolean(">", _column(), _number(1))))
    assert evaluate(_rows(1, 2, None)) == [(4,)]
    assert evaluate(_rows(5)) == [(10,)]


def _number(value: int, kind: SqlType = INTEGER) -> Expression:
    return Constant(str(value), kind)


def test_what_filter_keeps_out_is_not_evaluated() -> None:
    quotient = Apply("/", (_number(6), _column()), INTEGER)
    is_fine = boolean("<>", _column(), _number(0))
    call = AggregateCall("sum", (quotient,), BIGINT, filter=is_fine)
    assert _total(call, INTEGER, 0, 2, 3) == 5
    with pytest.raises(EvaluationError, match="division by zero"):
        _total(AggregateCall("sum", (quotient,), BIGINT), INTEGER, 0, 2, 3)


def test_a_sum_that_its_type_does_not_hold_is_an_error() -> None:
    call = AggregateCall("sum", (_column(BIGINT),), BIGINT)
    assert _total(call, BIGINT, 2**62, -(2**62)) == 0
    with pytest.raises(EvaluationError, match="bigint out of range"):
        _total(call, BIGINT, 2**62, 2**62)


def test_sums_of_floats_overflow_only_where_all_are_finite() -> None:
    call = AggregateCall("sum", (_column(DOUBLE),), DOUBLE)
    assert _total(call, DOUBLE, math.inf, 1e308) == math.inf
    with pytest.raises(EvaluationError, match="out of range: overflow"):
        _total(call, DOUBLE, 1e308, 1e308)


def test_numerics_that_are_no_numbers_are_summed() -> None:
    kind = numeric(38, 2)
    call = AggregateCall("sum", (_column(kind),), kind)
    assert _total(call, kind, Decimal("Infinity"), Decimal("-Infinity")).is_nan()
    assert str(_total(call, kind, Decimal("1.5"), Decimal("1.50"))) == "3.00"


def test_a_nested_select_of_several_rows_is_an_error_where_it_is_asked() -> None:
    inner = _table(name="s")
    relation = Map(_table(), (("n", OnlyValue(inner, INTEGER)),))
    assert evaluated(relation, _rows() | _rows(1, 2, name="s")) == []
    assert evaluated(relation, _rows(7) | _rows(name="s")) == [(None,)]
    with pytest.raises(EvaluationError, match="more than one row"):
        evaluated(relation, _rows(7) | _rows(1, 2, name="s"))


def test_in_is_unknown_beside_null() -> None:
    relation = Map(_table(), (("n", InRows(_table(name="s"), _column())),))
    assert evaluated(relation, _rows(1, None) | _rows(name="s")) == [(False,), (False,)]
    found = evaluated(relation, _rows(1, 2, None) | _rows(1, None, name="s"))
    assert found == [(True,), (None,), (None,)]


def test_limits_are_not_negative_and_ties_stay() -> None:
    by = (SortKey(_column()),)
    bounds = Bounds(by, _number(2, BIGINT), _number(1, BIGINT), ties=by)
    assert evaluated(Limit(_table(), bounds), _rows(3, 1, 2, 3, 4)) == [(2,), (3,), (3,)]
    with pytest.raises(EvaluationError, match="OFFSET must not be negative"):
        evaluated(Limit(_table(), Bounds(by, None, _number(-1, BIGINT))), _rows(1))


@pytest.mark.parametrize(
    ("name", "keeps_duplicates", "expected"),
    [
        ("INTERSECT", False, [1, 2]),
        ("INTERSECT", True, [1, 1, 2]),
        ("EXCEPT", False, [3]),
        ("EXCEPT", True, [1, 3, 3]),
    ],
)
def test_set_operations_count_doubles(
    name: Any, keeps_duplicates: bool, expected: list[int]
) -> None:
    one, two = _table(), _table(name="s")
    compared = ((_column(),), (_column(name="s"),))
    listed = (Column("c", INTEGER, True),)
    relation = SetOperation(name, (one, two), compared, listed, keeps_duplicates)
    found = evaluated(relation, _rows(1, 1, 1, 2, 3, 3) | _rows(1, 1, 2, name="s"))
    assert sorted(value for (value,) in found) == expected


def _counted(kind: SqlType, frame: Frame, *values: Any, is_descending: bool = False) -> list[Any]:
    call = WindowCall(
        AggregateCall("count", (), BIGINT, False),
        (SortKey(_column(kind), is_descending, is_null_first=is_descending),),
        frame,
    )
    relation = Window(_table(kind), (), ((Column("n", BIGINT, False), call),))
    return [count for _, count in evaluated(relation, _rows(*values))]


def _within(distance: str) -> Frame:
    each = Constant(distance, DOUBLE)
    return Frame("RANGE", Bound("PRECEDING", each), Bound("FOLLOWING", each), "NO OTHERS")


def test_ranges_of_infinities_and_nulls() -> None:
    values = (1.0, 2.0, math.inf, -math.inf, math.nan, None)
    assert _counted(DOUBLE, _within("1"), *values) == [2, 2, 1, 1, 1, 1]
    assert _counted(DOUBLE, _within("1"), *values, is_descending=True) == [2, 2, 1, 1, 1, 1]
    with pytest.raises(EvaluationError, match="invalid preceding or following size"):
        _counted(DOUBLE, _within("-1"), *values)


@pytest.mark.parametrize(
    ("exclusion", "expected"),
    [
        ("NO OTHERS", [3, 3, 3]),
        ("CURRENT ROW", [2, 2, 2]),
        ("GROUP", [1, 1, 2]),
        ("TIES", [2, 2, 3]),
    ],
)
def test_frames_leave_out(exclusion: Any, expected: list[int]) -> None:
    frame = Frame("GROUPS", Bound("PRECEDING"), Bound("FOLLOWING"), exclusion)
    assert _counted(INTEGER, frame, 1, 1, 2) == expected
