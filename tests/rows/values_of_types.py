"""Random values of the types that rows hold."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from materializers.engines.rows.values import DATE_INFINITY, MOMENT_INFINITY, Interval
from materializers.sql.types.sql_type import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    TEXT,
    TIMESTAMP,
    WHOLE,
    SqlType,
    array_of,
    numeric,
)

NUMERIC = numeric(38, 12)
BYTEA = SqlType("bytea")


def _has_decimals(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent <= 0


_FINITE = st.decimals(allow_nan=False, allow_infinity=False).filter(_has_decimals)
_DECIMALS = st.one_of(
    st.integers(-1000, 1000).flatmap(
        lambda n: st.integers(0, 4).map(lambda scale: _scaled(n, scale))
    ),
    _FINITE.map(lambda v: v if v else v.copy_abs()),
    st.sampled_from(["NaN", "Infinity", "-Infinity"]).map(Decimal),
)

VALUES: dict[SqlType, st.SearchStrategy[Any]] = {
    INTEGER: st.one_of(st.integers(-3, 3), st.integers(-(2**31), 2**31 - 1)),
    BIGINT: st.one_of(st.integers(-300, 300), st.integers(-(2**63), 2**63 - 1)),
    WHOLE: st.integers(-(2**127), 2**127 - 1),
    BOOLEAN: st.booleans(),
    DOUBLE: st.floats(),
    NUMERIC: _DECIMALS,
    TEXT: st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4),
    BYTEA: st.binary(max_size=4),
    DATE: st.one_of(st.integers(-9999, 9999), st.sampled_from([DATE_INFINITY, -DATE_INFINITY])),
    TIMESTAMP: st.one_of(
        st.integers(-(10**16), 10**16), st.sampled_from([MOMENT_INFINITY, -MOMENT_INFINITY])
    ),
    INTERVAL: st.builds(
        Interval, st.integers(-2, 2), st.integers(-60, 60), st.sampled_from([0, 86_400_000_000])
    ),
}
VALUES |= {
    array_of(kind): st.lists(st.none() | VALUES[kind], max_size=3).map(tuple)
    for kind in (INTEGER, NUMERIC, TEXT, TIMESTAMP, INTERVAL)
}


def _scaled(number: int, scale: int) -> Decimal:
    return Decimal(number).scaleb(-scale) if number else Decimal((0, (0,), -scale))


def rows_of(kinds: Sequence[SqlType]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Rows of values, some of them NULL."""
    return st.tuples(*(st.none() | VALUES[kind] for kind in kinds))


KINDS = st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=3)
