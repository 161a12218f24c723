"""The signature of an aggregate function's meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.types.aggregate_call import AggregateCall

Lines = list[Row]
"""For each row that counts, in order: the values of the arguments; for an ordered-set aggregate,
those of WITHIN GROUP."""

Answer = Callable[[Lines], Value]
"""Computes a call's result. Raises EvaluationError where PostgreSQL raises an error."""

Aggregates = Mapping[str, Callable[[AggregateCall], Answer]]
"""Makes the function of a call, by the call's name."""


def present(lines: Lines) -> list[Value]:
    """The values of the first argument, without NULLs."""
    return [line[0] for line in lines if line[0] is not None]


def over_present(answer: Callable[[list[Value]], Value]) -> Answer:
    """A function over the values that are not NULL; without any, the result is NULL."""

    def answered(lines: Lines) -> Value:
        values = present(lines)
        return answer(values) if values else None

    return answered
