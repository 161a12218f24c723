"""Expressions over plain rows, compiled once for each operator."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from materializers.engines.rows.meaning import NO_MEANINGS, Meanings
from materializers.engines.rows.relations.compiling import Compiling
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.relations.evaluated import MAKERS
from materializers.engines.rows.scalar import Row, compiled
from materializers.sql.relations.nested import Nested
from materializers.sql.types.expression import ColumnRef, Expression

NO_ENVIRONMENT = Environment({}, {}, {})
"""The environment of operators' expressions: nested SELECTs in them read only the row."""

Values = Callable[[Row], Row]
Test = Callable[[Row], bool]


class Expressions:
    """`own`: the meanings of a project's own functions."""

    def __init__(self, own: Meanings = NO_MEANINGS) -> None:
        self.own = own

    def place(self) -> Compiling:
        """Compiles relations, with the same meanings."""
        return Compiling(MAKERS, self.own)

    def values(self, expressions: Sequence[Expression], names: Sequence[str]) -> Values:
        """A function of a row of the columns `names` that returns the values. Raises
        Unsupported."""
        if not any(isinstance(node, Nested) for each in expressions for node in each.walk()):
            return compiled(expressions, names, own=self.own)
        values, prefix = self.place().values(expressions, names), NO_ENVIRONMENT.prefix
        return lambda row: values(prefix + row)

    def test(self, condition: Expression | None, names: Sequence[str]) -> Test | None:
        """A function of a row that returns whether the condition is true (NULL is not); None
        without a condition."""
        if condition is None:
            return None
        value = self.values([condition], names)
        return lambda row: value(row)[0] is True


def is_same_row(outputs: Sequence[Expression], names: Sequence[str]) -> bool:
    """Whether the values are the row, unchanged."""
    columns = [each.column if isinstance(each, ColumnRef) else None for each in outputs]
    return columns == list(names)
