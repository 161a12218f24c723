"""The pairs of rows for which a join's condition is true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from materializers.engines.rows.relations.compiling import Compiling, Values, names_of
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.row_key import row_key
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.join import Join
from materializers.sql.relations.semi_join import MarkJoin, SemiJoin
from materializers.sql.types.expression import Expression


class Matching:
    """Matches rows by hashing the equalities whose sides have one type."""

    def __init__(self, node: Join | SemiJoin | MarkJoin, place: Compiling) -> None:
        used = [e for e in node.equalities if e.left.type.name == e.right.type.name]
        self._left = _keys(place, [e.left for e in used], names_of(node.left))
        self._right = _keys(place, [e.right for e in used], names_of(node.right))
        self._test = place.test(node.condition, names_of(node.left, node.right))

    def of(self, environment: Environment, left: list[Row], right: list[Row]) -> list[list[int]]:
        """For each left row the indexes of its matches on the right."""
        if not (left and right):
            return [[] for _ in left]  # without evaluating a key, as PostgreSQL
        prefix, places = environment.prefix, defaultdict(list)
        for place, row in enumerate(right):
            places[self._right(prefix + row)].append(place)
        return [self._matches(prefix + row, right, places) for row in left]

    def _matches(self, row: Row, right: list[Row], places: dict[Row, list[int]]) -> list[int]:
        key = self._left(row)
        matches = [] if None in key else places.get(key, [])
        if self._test is None:
            return matches
        return [place for place in matches if self._test(row + right[place])]


def _keys(place: Compiling, values: Sequence[Expression], names: Sequence[str]) -> Values:
    evaluate, key = place.values(values, names), row_key([value.type for value in values])
    return lambda row: key(evaluate(row))
