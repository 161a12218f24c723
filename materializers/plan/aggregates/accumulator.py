"""What an aggregate call is, what is kept for it per group, and how that follows a delta."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from sqlglot import exp

from materializers.errors import ViewError
from materializers.plan.types.expression import Expression
from materializers.plan.types.sql_type import SqlType

DISTINCT_VALUE = '"#x"'
"""Stands for the value of a DISTINCT stage in an accumulator's argument."""


class Rule(Enum):
    """How an accumulator follows a delta."""

    SUM = "sum of weight times value"
    EXTREME = "merged, worked out again where the extreme left"
    AGAIN = "worked out again for touched groups"


@dataclass(frozen=True, slots=True)
class Distinct:
    """The distinct values of an argument, kept with their numbers in a stage of their own, so that
    a change in a large group costs what the change costs. NULL is none of them."""

    value: Expression
    condition: str


@dataclass(frozen=True, slots=True)
class Accumulator:
    """One value kept per group. `argument`: SQL over the input's row, with `distinct` over that
    stage's (SUM: a number that is never NULL; EXTREME: the value). `whole`: SQL of the aggregate
    over all rows of a group. `function`: `min` or `max` for EXTREME."""

    rule: Rule
    type: str
    argument: str
    whole: str
    function: str = ""
    distinct: Distinct | None = None


ROW_COUNT = Accumulator(Rule.SUM, "BIGINT", "1", "count(*)")
"""The number of a group's rows, which is kept anyway."""


@dataclass(frozen=True, slots=True)
class AggregateCall:
    """A call, translated. `order`: its ORDER BY as SQL, made total by the input's key, so that the
    answer is the same each time; `ordered_by`: the expressions that the user wrote there, those
    of WITHIN GROUP included; `nodes`: the arguments as written; `over`: the OVER clause of a window
    function."""

    name: str
    arguments: tuple[Expression, ...]
    fail: Callable[[str], ViewError]
    star: bool = False
    distinct: bool = False
    order: str = ""
    filter: str = ""
    ordered_by: tuple[Expression, ...] = ()
    written_order: str = ""
    nodes: tuple[exp.Expr, ...] = ()
    over: str = ""

    def kept_if(self, sql: str) -> str:
        """A value where FILTER lets the row through, else NULL."""
        return f"CASE WHEN {self.filter} THEN {sql} END" if self.filter else sql

    def filtered(self, sql: str, *conditions: str) -> str:
        """An aggregate of DuckDB over the rows that FILTER and the conditions let through."""
        found = [c for c in (self.filter, *conditions) if c]
        tests = " AND ".join(f"({c})" for c in found)
        sql = f"{sql} FILTER (WHERE {tests})" if tests else sql
        return f"{sql} {self.over}" if self.over else sql


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What an aggregate keeps and how its value is read: `result` over `{0}`, `{1}`, … which stand
    for the accumulators' columns. `call`: the call as SQL, to be shown."""

    accumulators: tuple[Accumulator, ...]
    result: str
    type: SqlType
    nullable: bool = field(default=True)
    call: str = ""


def again(kind: SqlType, sql: str) -> Aggregate:
    """An aggregate that is worked out again; `sql` is the call over all rows of a group."""
    return Aggregate((Accumulator(Rule.AGAIN, kind.duckdb, "", sql),), "{0}", kind)
