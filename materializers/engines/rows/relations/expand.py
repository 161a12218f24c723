"""Set-returning functions and LATERAL: each row joined with the rows that it gives."""

from __future__ import annotations

from materializers.engines.rows.relations.compiling import Compiling, Rows, names_of
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.relations.expand import Expand, LateralSelect


def expanded(node: Expand, place: Compiling) -> Rows:
    child = place.rows(node.child)
    lists = place.values(node.lists, names_of(node.child))
    test = place.test(node.condition, names_of(node))
    absent = (None,) * len(node.added)

    def rows(environment: Environment) -> list[Row]:
        result = []
        for row in child(environment):
            whole = environment.prefix + row
            given = _side_by_side(lists(whole))
            given = [each for each in given if test is None or test(whole + each)]
            result += [row + each for each in given or ([absent] if node.is_left else [])]
        return result

    return rows


def _side_by_side(lists: tuple[tuple[Value, ...] | None, ...]) -> list[Row]:
    """The elements of several arrays as rows; shorter arrays are padded with NULL."""
    present = [each or () for each in lists]
    size = max(map(len, present), default=0)
    return list(zip(*[(*each, *(None,) * (size - len(each))) for each in present], strict=True))


def lateral_select(node: LateralSelect, place: Compiling) -> Rows:
    child, names = place.rows(node.child), names_of(node.child)
    nested = place.inside(names).once(node.nested)
    test = place.test(node.condition, names_of(node))
    absent = (None,) * len(node.added)

    def rows(environment: Environment) -> list[Row]:
        result = []
        for row in child(environment):
            whole = environment.prefix + row
            given = nested(environment.inside(whole[1:]))
            given = [each for each in given if test is None or test(whole + each)]
            result += [row + each for each in given or ([absent] if node.is_left else [])]
        return result

    return rows
