"""Window functions over one PARTITION BY."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from materializers.engines.rows.aggregates.meanings import AGGREGATES
from materializers.engines.rows.failure import Unsupported
from materializers.engines.rows.relations.aggregate import Aggregate
from materializers.engines.rows.relations.compiling import Compiling, Rows, names_of
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.relations.frame import Frames
from materializers.engines.rows.relations.partition import Partition
from materializers.engines.rows.relations.window_functions import FRAMED, UNFRAMED
from materializers.engines.rows.row_key import row_key
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.relations.window import Window
from materializers.sql.types.window_call import WindowCall

Answers = Callable[[Partition], list[Value]]
"""A value for each row of a partition, in its order."""


def windowed(node: Window, place: Compiling) -> Rows:
    child, names = place.rows(node.child), names_of(node.child)
    by = place.values(node.partition, names)
    key = row_key([value.type for value in node.partition])
    calls = [_Call(call, place, names) for _, call in node.calls]

    def rows(environment: Environment) -> list[Row]:
        rows_in = child(environment)
        whole = [environment.prefix + row for row in rows_in]
        members = defaultdict(list)
        for number, row in enumerate(whole):
            members[key(by(row))].append(number)
        columns = [call.column(whole, list(members.values())) for call in calls]
        return [row + added for row, added in zip(rows_in, zip(*columns, strict=True), strict=True)]

    return rows


class _Call:
    def __init__(self, call: WindowCall, place: Compiling, names: Sequence[str]) -> None:
        self._order = call.order
        self._keys = place.values([by.value for by in call.order], names)
        self._answers = _answers(call, place, names)

    def column(self, rows: list[Row], partitions: list[list[int]]) -> list[Value]:
        """The value for each row. `partitions`: the indexes of each partition's rows."""
        column: list[Value] = [None] * len(rows)
        for numbers in partitions:
            keyed = [(self._keys(rows[n]), (*rows[n], n)) for n in numbers]
            partition = Partition(keyed, self._order)
            for row, value in zip(partition.rows, self._answers(partition), strict=True):
                column[row[-1]] = value
        return column


def _answers(call: WindowCall, place: Compiling, names: Sequence[str]) -> Answers:
    name, frames = call.function.name, Frames(call.frame, call.order, place, names)
    if name in AGGREGATES:
        return _aggregate(Aggregate(call.function, place, names), frames)
    values = [place.values([each], names) for each in call.function.arguments]
    if name in UNFRAMED:
        return lambda partition: UNFRAMED[name](partition, values)
    if name in FRAMED:
        return lambda partition: FRAMED[name](partition, frames.of(partition), values)
    raise Unsupported(name)


def _aggregate(aggregate: Aggregate, frames: Frames) -> Answers:
    def answers(partition: Partition) -> list[Value]:
        lines = [aggregate.line(row) for row in partition.rows]
        known: dict[tuple[int, ...], Value] = {}
        result = []
        for places in frames.of(partition):
            frame = tuple(places)
            if frame not in known:
                known[frame] = aggregate.of_lines([lines[place] for place in frame])
            result.append(known[frame])
        return result

    return answers
