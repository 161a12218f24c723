"""The base class of joins: the condition, and the rows of one input that a delta of the other can
match."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side, key_column
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.render.condition import Names, condition_words
from materializers.engines.duckdb.render.words import words
from materializers.sql.relations.join import Equality
from materializers.sql.relations.relation import Column, Columns
from materializers.sql.types.expression import Expression


def on(condition: Expression | None, equalities: tuple[Equality, ...], *sides: Names) -> str:
    """SQL of a join's condition. `sides`: the columns of the inputs whose rows may be filtered
    before the join by tests of these columns alone."""
    return condition_words(condition, [(e.left, e.right) for e in equalities], sides)


def keys_of(delta: str, expressions: Iterable[Expression]) -> str:
    """SQL of the distinct join keys in a delta, as the relation of a `Keys`."""
    named = ", ".join(f"{words(e)} AS {key_column(i)}" for i, e in enumerate(expressions))
    return f"(SELECT DISTINCT {named} FROM {delta})"


def left_keys(equalities: tuple[Equality, ...], delta: str, *, null_safe: bool = False) -> Keys:
    """Restricts the left input to rows that can match a delta of the right input."""
    return Keys(
        keys_of(delta, [e.right for e in equalities]),
        tuple(words(e.left) for e in equalities),
        frozenset().union(*(e.left.columns for e in equalities)),
        null_safe,
    )


def right_keys(equalities: tuple[Equality, ...], delta: str, *, null_safe: bool = False) -> Keys:
    """Restricts the right input to rows that can match a delta of the left input."""
    return Keys(
        keys_of(delta, [e.left for e in equalities]),
        tuple(words(e.right) for e in equalities),
        frozenset().union(*(e.right.columns for e in equalities)),
        null_safe,
    )


def same_keys(equalities: tuple[Equality, ...], delta: str) -> Keys:
    """Restricts the right input to rows with the join keys of its own delta."""
    return Keys(
        keys_of(delta, [e.right for e in equalities]),
        tuple(words(e.right) for e in equalities),
        frozenset().union(*(e.right.columns for e in equalities)),
    )


def joined_delta(run: Run, joins: list[str], columns: str) -> str | None:
    """The parts of a join's delta as one FROM item. A single part stays a join in its reader's
    FROM: names are unique in a plan, and DuckDB is faster with fewer column lists to bind."""
    if len(joins) <= 1:
        return joins[0] if joins else None
    parts = [f"SELECT {columns}, {WEIGHT} FROM {join}" for join in joins]
    name, count = run.temporary(" UNION ALL ".join(parts))
    return name if count else None


class Joining(Operator):
    """`condition`: over the columns of both inputs, `equalities` included; None: cross join."""

    def __init__(
        self,
        left: Operator,
        right: Operator,
        condition: Expression | None,
        equalities: tuple[Equality, ...],
    ) -> None:
        self.inputs = (left, right)
        self.condition = condition
        self.equalities = equalities
        self.columns: tuple[Column, ...] = self.shown(left.columns, right.columns)

    def shown(self, left: Columns, right: Columns) -> Columns:
        """The result's columns, given the inputs'."""
        return left + right

    def chosen(self) -> tuple[Operator, ...]:
        """The inputs whose rows may be filtered before the join, by tests of their columns
        alone."""
        return self.inputs

    @cached_property
    def on(self) -> str:
        """SQL of the condition."""
        return on(self.condition, self.equalities, *(each.names for each in self.chosen()))

    def met(self, run: Run, delta: str, side: Side, *, is_left: bool) -> tuple[str, str]:
        """A delta of one input, and parenthesized SQL of the other input's rows that it can match.
        A stored table is joined as it is, by one hash join; a computed relation is first restricted
        to the delta's keys."""
        left, right = self.inputs
        other, pick = (right, right_keys) if is_left else (left, left_keys)
        keys = None
        if self.equalities and other.inputs:
            delta = run.stored(delta)
            keys = pick(self.equalities, delta)
        return delta, f"({other.rows(side, run, keys)})"


def nullable(columns: Columns) -> Columns:
    """The columns of an outer join's nullable side."""
    return tuple(replace(column, nullable=True) for column in columns)
