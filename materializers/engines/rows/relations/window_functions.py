"""Window functions that are no aggregates (windowfuncs.c)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.relations.compiling import Values
from materializers.engines.rows.relations.frame import Places
from materializers.engines.rows.relations.partition import Partition
from materializers.engines.rows.values import Value

Arguments = Sequence[Values]


def _row_number(rows: Partition, arguments: Arguments) -> list[Value]:
    return list(range(1, len(rows) + 1))


def _rank(rows: Partition, arguments: Arguments) -> list[Value]:
    return [start + 1 for start in rows.starts]


def _dense_rank(rows: Partition, arguments: Arguments) -> list[Value]:
    return [group + 1 for group in rows.groups]


def _percent_rank(rows: Partition, arguments: Arguments) -> list[Value]:
    others = len(rows) - 1
    return [start / others if others else 0.0 for start in rows.starts]


def _cume_dist(rows: Partition, arguments: Arguments) -> list[Value]:
    return [end / len(rows) for end in rows.ends]


def _ntile(rows: Partition, arguments: Arguments) -> list[Value]:
    """ntile; if the rows do not divide evenly, the first buckets are larger by one."""
    (count,) = arguments[0](rows.rows[0])
    if count is None:
        return [None] * len(rows)
    if count <= 0:
        raise EvaluationError("argument of ntile must be greater than zero")
    size, larger = divmod(len(rows), count)
    whole = larger * (size + 1)
    return [
        place // (size + 1) + 1 if place < whole else larger + (place - whole) // size + 1
        for place in range(len(rows))
    ]


def _moved(sign: int) -> Callable[[Partition, Arguments], list[Value]]:
    """lag and lead; distance and default are evaluated for the current row."""

    def values(rows: Partition, arguments: Arguments) -> list[Value]:
        return [_beside(rows, arguments, place, sign) for place in range(len(rows))]

    return values


def _beside(rows: Partition, arguments: Arguments, place: int, sign: int) -> Value:
    row = rows.rows[place]
    distance = arguments[1](row)[0] if len(arguments) > 1 else 1
    if distance is None:
        return None
    other = place + sign * distance
    if 0 <= other < len(rows):
        return arguments[0](rows.rows[other])[0]
    return arguments[2](row)[0] if len(arguments) > 2 else None


def _first_value(rows: Partition, frames: list[Places], arguments: Arguments) -> list[Value]:
    return [arguments[0](rows.rows[frame[0]])[0] if frame else None for frame in frames]


def _last_value(rows: Partition, frames: list[Places], arguments: Arguments) -> list[Value]:
    return [arguments[0](rows.rows[frame[-1]])[0] if frame else None for frame in frames]


def _nth_value(rows: Partition, frames: list[Places], arguments: Arguments) -> list[Value]:
    result: list[Value] = []
    for row, frame in zip(rows.rows, frames, strict=True):
        (number,) = arguments[1](row)
        if number is not None and number <= 0:
            raise EvaluationError("argument of nth_value must be greater than zero")
        is_there = number is not None and number <= len(frame)
        result.append(arguments[0](rows.rows[frame[number - 1]])[0] if is_there else None)
    return result


UNFRAMED: Mapping[str, Callable[[Partition, Arguments], list[Value]]] = {
    "row_number": _row_number,
    "rank": _rank,
    "dense_rank": _dense_rank,
    "percent_rank": _percent_rank,
    "cume_dist": _cume_dist,
    "ntile": _ntile,
    "lag": _moved(-1),
    "lead": _moved(1),
}
FRAMED: Mapping[str, Callable[[Partition, list[Places], Arguments], list[Value]]] = {
    "first_value": _first_value,
    "last_value": _last_value,
    "nth_value": _nth_value,
}
