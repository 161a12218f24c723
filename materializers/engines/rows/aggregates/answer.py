"""How the meaning of an aggregate is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.types.aggregate_call import AggregateCall

Lines = list[Row]
"""For each row that counts, in order: the values of the arguments; of an ordered-set aggregate,
those that it is ordered by."""

Answer = Callable[[Lines], Value]
"""What a call answers. Raises EvaluationError where PostgreSQL raises an error."""

Aggregates = Mapping[str, Callable[[AggregateCall], Answer]]
"""By the name of a call."""


def present(lines: Lines) -> list[Value]:
    """The first arguments that are not NULL."""
    return [line[0] for line in lines if line[0] is not None]


def over_present(answer: Callable[[list[Value]], Value]) -> Answer:
    """An answer over values that are not NULL: NULL where there is none."""

    def answered(lines: Lines) -> Value:
        values = present(lines)
        return answer(values) if values else None

    return answered
