"""Casts between types of numbers, and between booleans and integers."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from materializers.engines.rows.failure import EvaluationError, out_of_range
from materializers.engines.rows.numbers.number_text import INTEGER_BITS, numeric_output, real_input
from materializers.engines.rows.numbers.numeric import to_scale
from materializers.engines.rows.numbers.single import to_single
from materializers.sql.types.sql_type import SqlType


def number_conversion(source: SqlType, target: SqlType) -> Callable[[Any], Any] | None:
    """The conversion; None where there is no such cast."""
    if source.name == "boolean" and target.is_integer:
        return int
    if source.is_integer and target.name == "boolean":
        return bool
    if target.is_integer:
        return _to_integer(source, target.name)
    if target.name == "numeric" and source.is_integer:
        return Decimal
    if target.name == "double precision":
        return None if source.name == "real" else _to_double
    if target.name == "real":
        return _to_real
    return None


def _to_integer(source: SqlType, name: str) -> Callable[[Any], Any] | None:
    bound = 2 ** (INTEGER_BITS[name] - 1)
    rounded: Callable[[Any], int]
    if source.is_integer:
        rounded = int
    elif source.name == "numeric":
        rounded = _whole(name)
    elif source.is_float:
        rounded = _nearest(name)
    else:
        return None

    def convert(value: Any) -> int:
        result = rounded(value)
        if not -bound <= result < bound:
            raise out_of_range(name)
        return result

    return convert


def _whole(name: str) -> Callable[[Decimal], int]:
    def convert(value: Decimal) -> int:
        if not value.is_finite():
            what = "NaN" if value.is_nan() else "infinity"
            raise EvaluationError(f"cannot convert {what} to {name}")
        return int(to_scale(value, 0))

    return convert


def _nearest(name: str) -> Callable[[float], int]:
    """Rounds half to even, as C's rint."""

    def convert(value: float) -> int:
        if not math.isfinite(value):
            raise out_of_range(name)
        return round(value)

    return convert


def _to_double(value: int | Decimal) -> float:
    result = float(value)
    if math.isinf(result) and not (isinstance(value, Decimal) and value.is_infinite()):
        raise EvaluationError(f'"{value:f}" is out of range for type double precision')
    return result


def _to_real(value: int | float | Decimal) -> float:
    if isinstance(value, Decimal) and value.is_finite():
        return real_input(numeric_output(value))
    else:
        result = to_single(float(value))
    if math.isinf(result) and not (math.isinf(value) if isinstance(value, float) else False):
        if not (isinstance(value, Decimal) and value.is_infinite()):
            raise EvaluationError("value out of range: overflow")
    if result == 0 and value != 0:
        raise EvaluationError("value out of range: underflow")
    return result
