"""UNION ALL, INTERSECT and EXCEPT."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from materializers.engines.rows.relations.compiling import Compiling, Rows, names_of
from materializers.engines.rows.relations.converted import conversion_of, converted
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.row_key import row_key
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.set_operations import SetOperation, UnionAll

Wanted = Callable[[int, int], bool]


def union_all(node: UnionAll, place: Compiling) -> Rows:
    sides = [(place.rows(s), conversion_of(s.columns, node.listed)) for s in node.sides]

    def rows(environment: Environment) -> list[Row]:
        return [row for side, convert in sides for row in converted(side(environment), convert)]

    return rows


def set_operation(node: SetOperation, place: Compiling) -> Rows:
    one, two = (place.rows(side) for side in node.sides)
    pairs = zip(node.sides, node.compared, strict=True)
    of_one, of_two = (place.values(values, names_of(side)) for side, values in pairs)
    key = row_key([column.type for column in node.listed])
    is_wanted = _is_wanted(node)

    def rows(environment: Environment) -> list[Row]:
        others = Counter(key(of_two(environment.prefix + row)) for row in two(environment))
        result, met = [], Counter[Row]()
        for row in one(environment):
            shown = of_one(environment.prefix + row)
            place = key(shown)
            met[place] += 1
            if is_wanted(met[place], others[place]):
                result.append(shown)
        return result

    return rows


def _is_wanted(node: SetOperation) -> Wanted:
    """Whether the n-th occurrence of a row on the left is in the result, given the number of its
    occurrences on the right."""
    if node.name == "INTERSECT":
        return (lambda n, m: n <= m) if node.keeps_duplicates else (lambda n, m: n == 1 and m > 0)
    return (lambda n, m: n > m) if node.keeps_duplicates else (lambda n, m: n == 1 and m == 0)
