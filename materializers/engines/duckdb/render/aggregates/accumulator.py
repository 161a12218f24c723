"""Accumulators: the stored values of a group for an aggregate, and their delta rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from materializers.sql.types.expression import Expression
from materializers.sql.types.sql_type import BIGINT, SqlType


class Rule(Enum):
    """An accumulator's delta rule."""

    SUM = "sum of weight times value"
    EXTREME = "merged, recomputed where the extreme was deleted"
    RECOMPUTE = "recomputed for touched groups"


@dataclass(frozen=True, slots=True)
class Distinct:
    """The distinct values, without NULL, of the rows for which `condition` is true. They are stored
    with their counts in a stage, so that the cost of a change does not depend on the size of a
    group."""

    value: Expression
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class Accumulator:
    """One stored value per group. `argument`: SQL over the input's row (SUM: a number that is never
    NULL; EXTREME: the value); with `distinct`, a template over `{0}`, the value in that stage.
    `bulk`: SQL of the aggregate over all rows of a group. `function`: `min` or `max`, for
    EXTREME."""

    rule: Rule
    type: SqlType
    argument: str
    bulk: str
    function: str = ""
    distinct: Distinct | None = None


ROW_COUNT = Accumulator(Rule.SUM, BIGINT, "1", "count(*)")
"""The number of a group's rows, which every group stores."""


@dataclass(frozen=True, slots=True)
class Accumulation:
    """The accumulators of one call. `read`: computes its result from the accumulators' columns."""

    accumulators: tuple[Accumulator, ...]
    read: Callable[..., Expression]


def as_stored(column: Expression) -> Expression:
    """The result is the accumulator itself."""
    return column


def summed(kind: SqlType, argument: str) -> Accumulator:
    """The sum of a number that is never NULL."""
    return Accumulator(Rule.SUM, kind, argument, f"coalesce(sum({argument}), 0)")


def extreme(kind: SqlType, argument: str, function: str) -> Accumulator:
    """The minimum or maximum of the values that are not NULL."""
    return Accumulator(Rule.EXTREME, kind, argument, f"{function}({argument})", function)


def recomputed(kind: SqlType, bulk: str) -> Accumulation:
    """An aggregate that is recomputed. `bulk`: SQL of the call over all rows of a group."""
    return Accumulation((Accumulator(Rule.RECOMPUTE, kind, "", bulk),), as_stored)
