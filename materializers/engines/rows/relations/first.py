"""LIMIT, OFFSET and DISTINCT ON."""

from __future__ import annotations

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.relations.compiling import Compiling, Rows, names_of
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.relations.ordering import in_order
from materializers.engines.rows.row_key import row_key
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.first import FirstOfEach, Limit
from materializers.sql.types.expression import Constant
from materializers.sql.types.sql_type import BIGINT


def limited(node: Limit, place: Compiling) -> Rows:
    bounds, child, names = node.bounds, place.rows(node.child), names_of(node.child)
    none = Constant(None, BIGINT)
    counts = place.values([bounds.limit or none, bounds.offset or none], ())
    keys = place.values([by.value for by in bounds.order], names)
    ties = place.values([by.value for by in bounds.ties], names)
    tie_key = row_key([by.value.type for by in bounds.ties])

    def rows(environment: Environment) -> list[Row]:
        limit, offset = counts(environment.prefix)
        if (limit or 0) < 0 or (offset or 0) < 0:
            raise EvaluationError(
                f"{'LIMIT' if (limit or 0) < 0 else 'OFFSET'} must not be negative"
            )
        if limit == 0:
            return []
        whole = [environment.prefix + row for row in child(environment)]
        ordered = [row for _, row in in_order([(keys(row), row) for row in whole], bounds.order)]
        start = int(offset or 0)
        end = len(ordered) if limit is None else min(start + int(limit), len(ordered))
        if bounds.ties and 0 < end < len(ordered):
            last = tie_key(ties(ordered[end - 1]))
            while end < len(ordered) and tie_key(ties(ordered[end])) == last:
                end += 1
        return [row[len(environment.prefix) :] for row in ordered[start:end]]

    return rows


def first_of_each(node: FirstOfEach, place: Compiling) -> Rows:
    child, names = place.rows(node.child), names_of(node.child)
    keys = place.values([by.value for by in node.order], names)
    partition = place.values(node.partition, names)
    key = row_key([value.type for value in node.partition])

    def rows(environment: Environment) -> list[Row]:
        whole = [environment.prefix + row for row in child(environment)]
        first: dict[Row, Row] = {}
        for _, row in in_order([(keys(row), row) for row in whole], node.order):
            first.setdefault(key(partition(row)), row)
        return [row[len(environment.prefix) :] for row in first.values()]

    return rows
