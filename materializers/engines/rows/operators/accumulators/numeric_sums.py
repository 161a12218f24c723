"""sum, avg and deviations of numerics, exactly.

A sum has the display scale of the value with the largest one, so the number of values for each
scale is stored. NaN and the infinities are counted there too, and are not part of the sums.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from materializers.engines.rows.numbers.numeric import (
    EXACT,
    INFINITY,
    NAN,
    scale_of,
    to_scale,
    unit,
)
from materializers.engines.rows.numbers.quotient import divide, divide_to_scale, quotient_scale
from materializers.engines.rows.operators.accumulators.accumulator import Accumulator, Slots
from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.types.sql_type import BIGINT, SqlType, numeric

_NAN, _INFINITY, _MINUS_INFINITY = -1, -2, -3
"""Their codes among the scales."""

_NUMERIC = numeric(38, 0)
_COUNTS = SqlType("bigint[]")

Counts = tuple[int, ...]
"""Scales, each followed by the number of values with it."""


class _Numerics(Accumulator):
    """Slots: the number of values, their counts by scale, and the sum. Deviations accept integers
    too."""

    kinds: tuple[SqlType, ...] = (BIGINT, _COUNTS, _NUMERIC)
    zero: tuple[Value, ...] = (0, (), Decimal(0))
    _is_summed = True  # values are numerics, and nothing else is computed of them

    def take(self, slots: Slots, changes: Delta) -> None:
        at, place = self.at, self.place
        counts = slots[at + 1]
        if not self._is_summed or len(counts) != 2 or counts[0] < 0:
            super().take(slots, changes)
            return
        # as long as all values have one scale, as those of most columns have
        count, (shown, shown_count), total = slots[at], counts, slots[at + 2]
        one, add, subtract = unit(shown), EXACT.add, EXACT.subtract
        for number, (values, weight) in enumerate(changes):
            value = values[place]
            if value is None:
                continue
            if weight not in (1, -1) or not value.same_quantum(one):
                slots[at : at + 3] = count, _pair(shown, shown_count), total
                super().take(slots, changes[number:])
                return
            total = add(total, value) if weight > 0 else subtract(total, value)
            count += weight
            shown_count += weight
        slots[at : at + 3] = count, _pair(shown, shown_count), total

    def add(self, slots: Slots, values: Row, weight: int) -> None:
        value = values[self.place]
        if value is None:
            return
        if isinstance(value, int):
            value = Decimal(value)
        at = self.at
        slots[at] += weight
        shown = scale_of(value) if value.is_finite() else _special(value)
        slots[at + 1] = _counted(slots[at + 1], shown, weight)
        if shown >= 0:
            self.sum(slots, value, weight)

    def sum(self, slots: Slots, value: Decimal, weight: int) -> None:
        """Count a finite value."""
        added = value if weight == 1 else EXACT.multiply(value, Decimal(weight))
        slots[self.at + 2] = EXACT.add(slots[self.at + 2], added)

    def total(self, slots: Sequence[Value]) -> Decimal:
        """The sum of all values."""
        counts, total = slots[self.at + 1], slots[self.at + 2]
        if len(counts) == 2 and counts[0] >= 0:
            is_shown = total and total.same_quantum(unit(counts[0]))
            return total if is_shown else to_scale(total, counts[0])
        shown = counts[::2]
        if min(shown) < 0:
            if _NAN in shown or (_INFINITY in shown and _MINUS_INFINITY in shown):
                return NAN
            return INFINITY if _INFINITY in shown else -INFINITY
        return to_scale(total, max(shown))


class NumericSum(_Numerics):
    def answer(self, slots: Sequence[Value]) -> Decimal | None:
        return self.total(slots) if slots[self.at] else None


class NumericAverage(_Numerics):
    def answer(self, slots: Sequence[Value]) -> Decimal | None:
        count = slots[self.at]
        return divide(self.total(slots), Decimal(count)) if count else None


class NumericDeviation(_Numerics):
    """Variances (`is_sample`: of a sample) and, with `is_root`, deviations."""

    kinds = (*_Numerics.kinds, _NUMERIC)
    zero = (*_Numerics.zero, Decimal(0))
    _is_summed = False

    def __init__(self, place: int, at: int, *, is_sample: bool, is_root: bool) -> None:
        super().__init__(place, at)
        self._is_sample = is_sample
        self._is_root = is_root

    def sum(self, slots: Slots, value: Decimal, weight: int) -> None:
        super().sum(slots, value, weight)
        square = EXACT.multiply(EXACT.multiply(value, value), Decimal(weight))
        slots[self.at + 3] = EXACT.add(slots[self.at + 3], square)

    def answer(self, slots: Sequence[Value]) -> Decimal | None:
        count = slots[self.at]
        if count <= self._is_sample:
            return None
        total = self.total(slots)
        if not total.is_finite():
            return NAN
        shown = max(slots[self.at + 1][::2])
        squares = to_scale(slots[self.at + 3], 2 * shown)
        return self._spread(Decimal(count), total, squares)

    def _spread(self, count: Decimal, total: Decimal, squares: Decimal) -> Decimal:
        above = EXACT.subtract(EXACT.multiply(count, squares), EXACT.multiply(total, total))
        if above <= 0:
            return Decimal(0)
        below = EXACT.multiply(count, count - self._is_sample)
        scale = quotient_scale(above, below)
        variance = divide_to_scale(above, below, scale)
        return _root(variance, scale) if self._is_root else variance


def _root(value: Decimal, scale: int) -> Decimal:
    # one more digit, truncated, suffices for rounding
    whole = int(EXACT.scaleb(value, 2 * scale + 2))
    return to_scale(EXACT.scaleb(Decimal(math.isqrt(whole)), -scale - 1), scale)


def _special(value: Decimal) -> int:
    return _NAN if value.is_nan() else _INFINITY if value > 0 else _MINUS_INFINITY


def _pair(shown: int, count: int) -> Counts:
    return (shown, count) if count else ()


def _counted(counts: Counts, shown: int, weight: int) -> Counts:
    count_of = dict(zip(counts[::2], counts[1::2], strict=True))
    count_of[shown] = count_of.get(shown, 0) + weight
    return tuple(each for pair in sorted(count_of.items()) if pair[1] for each in pair)
