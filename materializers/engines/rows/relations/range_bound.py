"""A RANGE bound at a distance from the ORDER BY value (PostgreSQL's in_range functions).

NULLs are peers of each other alone, and have no distance from other values.
"""

from __future__ import annotations

import math

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.numbers.numeric import EXACT
from materializers.engines.rows.relations.partition import Partition
from materializers.engines.rows.times import interval
from materializers.engines.rows.times.moment import plus
from materializers.engines.rows.values import Interval, Value, interval_length, order_key
from materializers.sql.types.sort_key import SortKey


class RangeBound:
    """`sign`: -1 for PRECEDING, 1 for FOLLOWING."""

    def __init__(
        self, by: SortKey, sign: int, distance: Value, rows: Partition, *, is_start: bool
    ) -> None:
        if _is_negative(distance):
            raise EvaluationError("invalid preceding or following size in window function")
        self._rows = rows
        self._is_start = is_start
        self._is_descending = by.is_descending
        self._key = order_key(by.value.type) or (lambda value: value)
        self._distance = distance
        self._is_minus = (sign < 0) is not by.is_descending
        present = [place for place, value in enumerate(rows.first) if value is not None]
        self._present = range(present[0], present[-1] + 1) if present else range(0)

    def edge(self, place: int) -> int:
        """The index at which the frame starts, or before which it ends."""
        rows = self._rows
        if rows.first[place] is None:
            return rows.starts[place] if self._is_start else rows.ends[place]
        limit = self._key(self._limit(rows.first[place]))
        keys = ((each, self._key(rows.first[each])) for each in self._present)
        # a frame starts at the first row not before the limit, and ends at the last not after it
        if self._is_start:
            result = (each for each, key in keys if key == limit or not self._before(key, limit))
            return next(result, self._present.stop)
        inside = (each for each, key in keys if key == limit or self._before(key, limit))
        return max(inside, default=self._present.start - 1) + 1

    def _before(self, one: Value, two: Value) -> bool:
        return bool(one > two if self._is_descending else one < two)

    def _limit(self, value: Value) -> Value:
        distance = self._distance
        if isinstance(distance, Interval):
            return plus(value, interval.negated(distance) if self._is_minus else distance)
        if isinstance(distance, float):
            result = value - distance if self._is_minus else value + distance
            if math.isnan(result) and not math.isnan(value) and not math.isnan(distance):
                # infinity minus infinity: every row is within that distance
                return math.inf if self._is_start is self._is_descending else -math.inf
            return result
        return (EXACT.subtract if self._is_minus else EXACT.add)(value, distance)


def _is_negative(distance: Value) -> bool:
    if isinstance(distance, Interval):
        return interval_length(distance) < 0
    return math.isnan(distance) or distance < 0
