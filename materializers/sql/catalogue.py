"""The functions that a view may call. The catalogue is passed to the planner, so that a project can
add functions of its own to PostgreSQL's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from sqlglot import exp

from materializers.sql.aggregates.registry import ARGUMENTS, BUILT_IN_AGGREGATES, INDIFFERENT
from materializers.sql.aggregates.written_call import Binding, WrittenCall
from materializers.sql.functions.call import Functions
from materializers.sql.functions.registry import BUILT_IN_FUNCTIONS, VOLATILE
from materializers.sql.functions.sets import BUILT_IN_SETS, SetFunction
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.comparison_key import equality_key


@dataclass(frozen=True, slots=True)
class FunctionCatalogue:
    """By PostgreSQL's names: scalar functions, set-returning functions, aggregates, and volatile
    functions, which no view may call, because their result does not follow from the row.

    `arguments`: the number of an aggregate's arguments, where it is not one.
    """

    scalars: Functions = field(default_factory=dict)
    sets: Mapping[str, SetFunction] = field(default_factory=dict)
    aggregates: Mapping[str, Binding] = field(default_factory=dict)
    arguments: Mapping[str, int] = field(default_factory=dict)
    volatile: frozenset[str] = frozenset()

    def joined(self, other: FunctionCatalogue) -> FunctionCatalogue:
        """The functions of both catalogues; raises ValueError for a name that is in both."""
        doubled = sorted(self._names() & other._names())
        if doubled:
            raise ValueError(f"function {doubled[0]}() is declared twice")
        return FunctionCatalogue(
            {**self.scalars, **other.scalars},
            {**self.sets, **other.sets},
            {**self.aggregates, **other.aggregates},
            {**self.arguments, **other.arguments},
            self.volatile | other.volatile,
        )

    def _names(self) -> frozenset[str]:
        return self.volatile.union(self.scalars, self.sets, self.aggregates)

    def is_aggregate(self, node: exp.Expr) -> bool:
        """A call of an aggregate function, WITHIN GROUP included."""
        if isinstance(node, exp.WithinGroup):
            node = node.this
        return isinstance(node, exp.Anonymous) and str(node.this).lower() in self.aggregates

    def has_aggregate(self, node: exp.Expr | None) -> bool:
        """Whether the node contains an aggregate call or `grouping()` of this SELECT: calls in a
        nested SELECT and calls with OVER do not count."""
        if node is None or isinstance(node, exp.Query):
            return False
        if isinstance(node, exp.Window):
            call = node.this.this if isinstance(node.this, exp.Filter) else node.this
            return any(self.has_aggregate(child) for child in call.iter_expressions())
        if self.is_aggregate(node) or is_grouping(node):
            return True
        return any(self.has_aggregate(child) for child in node.iter_expressions())

    def aggregate(self, call: WrittenCall) -> AggregateCall:
        """Bind the call; raises ViewError (by `call.fail`) for one that is not supported."""
        wanted = self.arguments.get(call.name, 1)
        if len(call.arguments) + len(call.nodes) != (0 if call.star else wanted):
            raise call.fail(f"{call.name}() takes {wanted} argument{'s' * (wanted != 1)}")
        if call.name in INDIFFERENT:
            if call.distinct and equality_key(call.arguments[0]) is None:
                raise call.fail(f"DISTINCT cannot compare {call.arguments[0].type.name}")
            call = replace(call, distinct=False)
        return self.aggregates[call.name](call)


def is_grouping(node: exp.Expr) -> TypeGuard[exp.Anonymous]:
    """A call of `grouping()`."""
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == "grouping"


BUILT_IN = FunctionCatalogue(
    BUILT_IN_FUNCTIONS, BUILT_IN_SETS, BUILT_IN_AGGREGATES, ARGUMENTS, VOLATILE
)
"""The functions of every project."""
