"""Inner join: bilinear. d(A ⋈ B) = dA ⋈ B_old + A_new ⋈ dB (DBSP, section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side, key_column
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.render.condition import Names, condition_words
from materializers.engines.duckdb.render.words import words
from materializers.sql.relations.join import Equality
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import Expression


def on(condition: Expression | None, equalities: tuple[Equality, ...], *sides: Names) -> str:
    """SQL of a join's condition. `sides`: the columns of the inputs whose rows a test of those
    alone may choose before they are joined."""
    return condition_words(condition, [(e.left, e.right) for e in equalities], sides)


def keys_of(delta: str, expressions: Iterable[Expression]) -> str:
    """SQL of the distinct join keys in a delta, as the relation of a `Keys`."""
    named = ", ".join(f"{words(e)} AS {key_column(i)}" for i, e in enumerate(expressions))
    return f"(SELECT DISTINCT {named} FROM {delta})"


def left_keys(equalities: tuple[Equality, ...], delta: str, *, null_safe: bool = False) -> Keys:
    """Restricts the left input to rows that can match a delta of the right one."""
    return Keys(
        keys_of(delta, [e.right for e in equalities]),
        tuple(words(e.left) for e in equalities),
        frozenset().union(*(e.left.columns for e in equalities)),
        null_safe,
    )


def right_keys(equalities: tuple[Equality, ...], delta: str, *, null_safe: bool = False) -> Keys:
    """Restricts the right input to rows that can match a delta of the left one."""
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
    """The parts of a join's delta as one. One alone stays a join in the FROM of who reads it:
    names are unique in a plan, and the fewer lists of columns DuckDB binds, the faster."""
    if len(joins) <= 1:
        return joins[0] if joins else None
    parts = [f"SELECT {columns}, {WEIGHT} FROM {join}" for join in joins]
    name, count = run.temporary(" UNION ALL ".join(parts))
    return name if count else None


class InnerJoin(Operator):
    """`condition`: over the columns of both inputs, `equalities` included; None: every pair."""

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
        self.columns: tuple[Column, ...] = left.columns + right.columns

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        left, right = self.inputs
        to_left = keys if keys and keys.columns <= left.names else None
        to_right = keys if keys and keys.columns <= right.names else None
        sql = self._join(left.rows(side, run, to_left), right.rows(side, run, to_right))
        return sql if to_left or to_right else self.restricted(sql, keys)

    @cached_property
    def on(self) -> str:
        """SQL of the condition."""
        return on(self.condition, self.equalities, *(each.names for each in self.inputs))

    def _join(self, left: str, right: str) -> str:
        return f"SELECT {self.column_list()} FROM ({left}) a JOIN ({right}) b ON {self.on}"

    def delta(self, run: Run) -> str | None:
        left, right = self.inputs
        from_left, from_right = run.delta_of(left), run.delta_of(right)
        parts = []
        if from_left:
            keys = None
            if self._narrows(right):
                from_left = run.stored(from_left)
                keys = right_keys(self.equalities, from_left)
            parts.append((from_left, f"({right.rows(Side.OLD, run, keys)})"))
        if from_right:
            keys = None
            if self._narrows(left):
                from_right = run.stored(from_right)
                keys = left_keys(self.equalities, from_right)
            parts.append((f"({left.rows(Side.NEW, run, keys)})", from_right))
        joins = [f"({a} JOIN {b} ON {self.on})" for a, b in parts]
        return joined_delta(run, joins, self.column_list())

    def _narrows(self, other: Operator) -> bool:
        """A stored table is met by one hash join; a relation of several is narrowed first."""
        return bool(other.inputs and self.equalities)
