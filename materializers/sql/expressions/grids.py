"""Arrays of several dimensions: `a[1][2]`, `a[1:2][1]`, `ARRAY[[1,2],[3,4]]`, `||` (manual,
"Arrays", "Array Functions and Operators")."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.grid import as_grid, grid_beside, grid_type, is_grid, member_type
from materializers.sql.types.sql_type import INTEGER, UNKNOWN


def grid_of(translate: Translating, values: list[Expression], node: exp.Expr) -> Expression:
    """`ARRAY[a, b]` of arrays, which are of one type."""
    kinds = {value.type.element for value in values}
    if len(kinds) > 1 or None in kinds:
        raise translate.fail("ARRAY of arrays takes arrays of one type", node)
    grids = tuple(map(as_grid, values))
    return Apply("grid of", grids, grid_type(grids[0].type), False)


def subscripts_of(translate: Translating, node: exp.Bracket) -> tuple[exp.Expr, list[exp.Expr]]:
    """The array of `a[1][2]`, and its subscripts."""
    array: exp.Expr = node
    subscripts = list[exp.Expr]()
    while isinstance(array, exp.Bracket):
        if len(array.expressions) > 1:
            raise translate.fail("brackets take one subscript", array, fix="write a[1][2]")
        subscripts = [*array.expressions, *subscripts]
        array = array.this
    return array, subscripts


def grid_subscript(
    translate: Translating, value: Expression, subscripts: list[exp.Expr]
) -> Expression:
    """An element, or a part where a subscript is a slice: a single number ends one then."""
    if not any(isinstance(each, exp.Slice) for each in subscripts):
        places = [subscript(translate, each) for each in subscripts]
        return Apply("grid subscript", (value, *places), member_type(value.type))
    options, bounds = [], list[Expression]()
    for each in subscripts:
        is_slice = isinstance(each, exp.Slice)
        low = each.this if is_slice else exp.Literal.number(1)
        high = each.expression if is_slice else each
        options.append(("l" if low is not None else "") + ("h" if high is not None else ""))
        bounds += [subscript(translate, bound) for bound in (low, high) if bound is not None]
    return Apply("grid slice", (value, *bounds), value.type, True, tuple(options))


def subscript(translate: Translating, node: exp.Expr) -> Expression:
    """An array's subscript."""
    place = translate(node)
    if not (place.type.is_integer or place.type == UNKNOWN):
        raise translate.fail(f"an array's subscript must be integer, not {place.type.name}", node)
    return place.cast(INTEGER)


def concatenated_grids(
    translate: Translating, left: Expression, right: Expression, node: exp.Expr
) -> Expression:
    """`||` of arrays of which one is of several dimensions at least."""
    kind = left.type if is_grid(left.type) else right.type
    one, two = (grid_beside(side, kind) for side in (left, right))
    if one is None or two is None:
        names = f"{left.type.name} and {right.type.name}"
        message = f"operator || of an array of several dimensions cannot match {names}"
        raise translate.fail(message, node)
    return Apply("grid cat", (one, two), kind, one.nullable and two.nullable)
