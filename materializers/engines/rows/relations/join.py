"""Joins of every kind."""

from __future__ import annotations

from materializers.engines.rows.relations.compiling import Compiling, Rows
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.relations.matching import Matching
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.join import Join
from materializers.sql.relations.semi_join import MarkJoin, SemiJoin


def joined(node: Join, place: Compiling) -> Rows:
    left, right, matching = place.rows(node.left), place.rows(node.right), Matching(node, place)
    no_left, no_right = (None,) * len(node.left.columns), (None,) * len(node.right.columns)

    def rows(environment: Environment) -> list[Row]:
        ones, twos = left(environment), right(environment)
        matches = matching.of(environment, ones, twos)
        pairs = [one + twos[p] for one, places in zip(ones, matches, strict=True) for p in places]
        if node.kind != "inner":
            pairs += [one + no_right for one, m in zip(ones, matches, strict=True) if not m]
        if node.kind == "full":
            matched = {place for places in matches for place in places}
            pairs += [no_left + two for p, two in enumerate(twos) if p not in matched]
        return pairs

    return rows


def semi_joined(node: SemiJoin, place: Compiling) -> Rows:
    left, right, matching = place.rows(node.left), place.rows(node.right), Matching(node, place)

    def rows(environment: Environment) -> list[Row]:
        ones = left(environment)
        matches = matching.of(environment, ones, right(environment))
        pairs = zip(ones, matches, strict=True)
        return [one for one, places in pairs if bool(places) is not node.is_anti]

    return rows


def mark_joined(node: MarkJoin, place: Compiling) -> Rows:
    left, right, matching = place.rows(node.left), place.rows(node.right), Matching(node, place)

    def rows(environment: Environment) -> list[Row]:
        ones = left(environment)
        matches = matching.of(environment, ones, right(environment))
        return [(*one, bool(places)) for one, places in zip(ones, matches, strict=True)]

    return rows
