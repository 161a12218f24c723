"""How a value of each type is held.

boolean                          bool
smallint, integer, bigint, oid   int
numeric, money                   Decimal, its exponent PostgreSQL's display scale
real, double precision           float; a real is rounded to single precision
text, json, uuid, enums, …       str; character(n) filled up, jsonb as PostgreSQL prints it
bytea                            bytes
date                             int, days since 1970-01-01
timestamp, with time zone too    int, microseconds since 1970-01-01 00:00 UTC
time                             int, microseconds of the day
interval                         Interval
arrays, records                  tuple
NULL of any type                 None
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.texts.letters import lower
from materializers.sql.types.sql_type import CITEXT, SqlType

Value = Any
"""A value as above; which one, the type of its expression says."""

DATE_INFINITY = 2**31 - 1
MOMENT_INFINITY = 2**63 - 1 + 946_684_800_000_000
"""The positive infinities of dates and timestamps, beyond all others; the negative ones are their
opposites."""

MICROS_A_DAY = 86_400_000_000
DAYS_A_MONTH = 30
"""What PostgreSQL takes a month for where it compares intervals."""


class Interval(NamedTuple):
    """PostgreSQL's interval: its three parts are kept apart."""

    months: int
    days: int
    micros: int


def interval_length(value: Interval) -> int:
    """What PostgreSQL compares intervals by, in microseconds."""
    return (value.months * DAYS_A_MONTH + value.days) * MICROS_A_DAY + value.micros


def order_key(kind: SqlType) -> Callable[[Value], Value] | None:
    """What values of a type are compared by, NULL excepted; None where Python compares the values
    themselves as PostgreSQL does."""
    if kind.dimensions:
        return None
    if kind.element is not None:
        return _array_key(order_key(kind.element))
    if kind.is_float:
        return _float_key
    if kind.name == "numeric":
        return numeric_key
    if kind.name == "interval":
        return interval_length
    if kind.labels:
        return _place_in(kind)
    if kind == CITEXT:
        return lower
    return _unpadded if kind.name == "character" else None


def _float_key(value: float) -> tuple[bool, float]:
    """NaN is equal to itself, and greater than every number."""
    return (True, 0.0) if value != value else (False, value)


def numeric_key(value: Decimal) -> tuple[bool, Decimal]:
    """NaN is equal to itself, and greater than every number."""
    return (True, Decimal()) if value.is_nan() else (False, value)


def _place_in(kind: SqlType) -> Callable[[Value], Value]:
    places = {label: place for place, label in enumerate(kind.labels)}

    def place_of(label: str) -> int:
        if label not in places:
            raise EvaluationError(f"the labels of {kind.name} that are known do not hold {label}")
        return places[label]

    return place_of


def _unpadded(value: str) -> str:
    return value.rstrip(" ")


def _array_key(element: Callable[[Value], Value] | None) -> Callable[[Value], Value]:
    """An array's NULLs are equal, and greater than every element."""

    def key(value: tuple[Value, ...]) -> Value:
        inner = value if element is None else [v if v is None else element(v) for v in value]
        return tuple([(v is None, v) for v in inner])

    return key
