"""What is kept per group for an aggregate, and how that follows a delta."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from materializers.sql.types.expression import Expression
from materializers.sql.types.sql_type import BIGINT, SqlType


class Rule(Enum):
    """How an accumulator follows a delta."""

    SUM = "sum of weight times value"
    EXTREME = "merged, worked out again where the extreme left"
    AGAIN = "worked out again for touched groups"


@dataclass(frozen=True, slots=True)
class Distinct:
    """The distinct values of the rows that `condition` lets through, kept with their numbers in
    a stage of their own, so that a change in a large group costs what the change costs. NULL is
    none of them."""

    value: Expression
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class Accumulator:
    """One value kept per group. `argument`: SQL over the input's row (SUM: a number that is never
    NULL; EXTREME: the value); with `distinct` a template over `{0}`, the value in that stage.
    `whole`: SQL of the aggregate over all rows of a group. `function`: `min` or `max` for
    EXTREME."""

    rule: Rule
    type: SqlType
    argument: str
    whole: str
    function: str = ""
    distinct: Distinct | None = None


ROW_COUNT = Accumulator(Rule.SUM, BIGINT, "1", "count(*)")
"""The number of a group's rows, which is kept anyway."""


@dataclass(frozen=True, slots=True)
class Accumulation:
    """What is kept for one call; `read` makes its value of the accumulators' columns."""

    accumulators: tuple[Accumulator, ...]
    read: Callable[..., Expression]


def as_kept(column: Expression) -> Expression:
    """What is kept is the answer."""
    return column


def summed(kind: SqlType, argument: str) -> Accumulator:
    """The sum of a number that is never NULL."""
    return Accumulator(Rule.SUM, kind, argument, f"coalesce(sum({argument}), 0)")


def extreme(kind: SqlType, argument: str, function: str) -> Accumulator:
    """The least or the greatest of the values that are not NULL."""
    return Accumulator(Rule.EXTREME, kind, argument, f"{function}({argument})", function)


def again(kind: SqlType, whole: str) -> Accumulation:
    """An aggregate that is worked out again; `whole` is the call over all rows of a group."""
    return Accumulation((Accumulator(Rule.AGAIN, kind, "", whole),), as_kept)
