"""Frames of window functions: ROWS, RANGE and GROUPS with their bounds and EXCLUDE
(nodeWindowAgg.c)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.relations.compiling import Compiling
from materializers.engines.rows.relations.partition import Partition
from materializers.engines.rows.relations.range_bound import RangeBound
from materializers.engines.rows.values import Value
from materializers.sql.types.sort_key import Order
from materializers.sql.types.window_call import Bound, Frame

DEFAULT = Frame("RANGE", Bound("PRECEDING"), Bound("CURRENT ROW"), "NO OTHERS")

Places = Sequence[int]
Edge = Callable[[int], int]


class Frames:
    """The frames of a partition's rows."""

    def __init__(
        self, frame: Frame | None, order: Order, place: Compiling, names: Sequence[str]
    ) -> None:
        self.frame = frame or DEFAULT
        self._order = order
        self._distances = place.values(self.frame.distances, names)

    def of(self, partition: Partition) -> list[Places]:
        """For each row the indexes of its frame's rows, in order."""
        if not partition.rows:
            return []
        given = iter(self._distances(partition.rows[0]))
        bounds = (self.frame.start, self.frame.end)
        start, end = [next(given) if b.distance is not None else None for b in bounds]
        first = self._edge(self.frame.start, start, partition, is_start=True)
        last = self._edge(self.frame.end, end, partition, is_start=False)
        count = len(partition)
        return [
            self._without(place, partition, range(max(first(place), 0), min(last(place), count)))
            for place in range(count)
        ]

    def _edge(self, bound: Bound, distance: Value, rows: Partition, *, is_start: bool) -> Edge:
        """The index at which the frame starts, or before which it ends."""
        if bound.distance is not None:
            return self._at_distance(
                bound, _checked(self.frame, distance, is_start), rows, is_start
            )
        if bound.side != "CURRENT ROW":
            return lambda place: 0 if bound.side == "PRECEDING" else len(rows)
        if self.frame.mode == "ROWS":
            return lambda place: place + (not is_start)
        return (rows.starts if is_start else rows.ends).__getitem__

    def _at_distance(self, bound: Bound, distance: Value, rows: Partition, is_start: bool) -> Edge:
        sign = -1 if bound.side == "PRECEDING" else 1
        if self.frame.mode == "ROWS":
            return lambda place: place + sign * distance + (not is_start)
        if self.frame.mode == "RANGE":
            return RangeBound(self._order[0], sign, distance, rows, is_start=is_start).edge
        groups = rows.groups
        search = bisect_left if is_start else bisect_right
        return lambda place: search(groups, groups[place] + sign * distance)

    def _without(self, place: int, rows: Partition, frame: range) -> Places:
        exclusion = self.frame.exclusion
        if exclusion == "NO OTHERS":
            return frame
        if exclusion == "CURRENT ROW":
            return [each for each in frame if each != place]
        peers = range(rows.starts[place], rows.ends[place])
        is_included = exclusion == "TIES"
        return [each for each in frame if each not in peers or (is_included and each == place)]


def _checked(frame: Frame, distance: Value, is_start: bool) -> Value:
    which = "starting" if is_start else "ending"
    if distance is None:
        raise EvaluationError(f"frame {which} offset must not be null")
    if frame.mode != "RANGE" and distance < 0:
        raise EvaluationError(f"frame {which} offset must not be negative")
    return distance
