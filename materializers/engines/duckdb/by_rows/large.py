"""Expressions that have a form in DuckDB's SQL, but are cheaper in the row engine.

DuckDB plans each statement in each batch; the time grows with the size of its expressions and with
the square of their depth. A function that was compiled once has no such cost.
"""

from __future__ import annotations

from collections.abc import Iterable

from materializers.engines.duckdb.by_rows.size import Sizes
from materializers.engines.rows.failure import Unsupported
from materializers.engines.rows.scalar import compiled
from materializers.sql.relations.nested import Nested
from materializers.sql.types.expression import Apply, Case, ColumnRef, Expression, Lambda
from materializers.sql.types.sql_type import SqlType

WORDS_MAX = 2_000
"""Measured with batches of 100 rows, CPU: 2,000 words of CASE or of OR cost DuckDB 15 to 40 ms a
batch, the row engine 4 ms; 5,000 words 100 ms. DuckDB is faster at building views from millions of
rows, so smaller expressions stay there."""
DEPTH_MAX = 150
"""Measured in the same way: a sum of 100 terms 10 ms, 200 terms 30 ms, 400 terms 150 ms, 1,000
terms seconds; the row engine 5 ms."""


class Large:
    """Finds large expressions of a plan."""

    def __init__(self) -> None:
        self._sizes = Sizes()

    def is_large(self, node: Expression) -> bool:
        """Whether an expression is large."""
        words, depth = self._sizes.of(node)
        return words > WORDS_MAX or depth > DEPTH_MAX

    def within(self, expression: Expression, inputs: Iterable[frozenset[str]]) -> list[Expression]:
        """The uppermost large nodes of an expression that read columns of one input only. `inputs`:
        the columns of each."""
        large, waiting, listed = [], [expression], list(inputs)
        while waiting:
            node = waiting.pop()
            if not self.is_large(node):
                continue
            is_one = isinstance(node, (Apply, Case)) and not self._is_of_parts(node)
            if is_one and _is_computable(node, listed):
                large.append(node)
            elif not isinstance(node, Lambda):  # whose body has no row of its own
                waiting += node.children
        return large

    def _is_of_parts(self, node: Expression) -> bool:
        """Whether it is a conjunction that is large only because some of its conditions are: the
        others are better left where they restrict what is read."""
        if not (isinstance(node, Apply) and node.name == "and"):
            return False
        small = sum(self._sizes.of(e)[0] for e in node.arguments if not self.is_large(e))
        return small <= WORDS_MAX and any(map(self.is_large, node.arguments))


def _is_computable(node: Expression, inputs: list[frozenset[str]]) -> bool:
    if not (_is_plain(node.type) and any(node.columns <= names for names in inputs)):
        return False
    for each in node.walk():
        if isinstance(each, Nested) or (isinstance(each, ColumnRef) and not _is_plain(each.type)):
            return False
    try:
        compiled([node], sorted(node.columns))
    except Unsupported:
        return False
    return True


def _is_plain(kind: SqlType) -> bool:
    return kind.name != "record" and not (kind.labels or kind.collation)
