"""Arrays, of one dimension but for `grids.py`: `ARRAY[…]`, `a[1]`, `@>`, `<@`, `&&`, `||` (manual,
"Arrays", "Array Functions and Operators")."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.comparisons import refuse_comparison, refuse_unlike_arrays
from materializers.sql.expressions.grids import (
    grid_of,
    grid_subscript,
    subscript,
    subscripts_of,
)
from materializers.sql.expressions.translating import Translating
from materializers.sql.types.comparison_key import equality_key, is_keyed
from materializers.sql.types.expression import Apply, Constant, Expression, boolean, stored
from materializers.sql.types.grid import as_grid, is_grid, members_of
from materializers.sql.types.sql_type import (
    INTEGER,
    UNKNOWN,
    SqlType,
    array_of,
    resulting,
)


def is_array(kind: SqlType) -> bool:
    """Whether a type is an array that is stored as a list."""
    return kind.element is not None and not kind.is_stored_as_text


def array_(translate: Translating, node: exp.Array) -> Expression:
    """`ARRAY[a, b, …]`."""
    if not node.expressions:
        return Constant("{}")
    if any(isinstance(e, (exp.Query, exp.Subquery)) for e in node.expressions):
        raise translate.fail("ARRAY(SELECT …) is not supported", node, fix="use array_agg()")
    members = [translate(e) for e in node.expressions]
    if any(is_grid(each.type) for each in members):
        return grid_of(translate, members, node)
    kind, values = translate.unify(members, node, "ARRAY", resulting)
    if kind.element is not None:
        return grid_of(translate, values, node)
    return Apply("array", tuple(map(stored, values)), array_of(kind), False)


def subscript_(translate: Translating, node: exp.Bracket) -> Expression:
    """`a[index]`, which is NULL out of range, and `a[low:high]`."""
    array, subscripts = subscripts_of(translate, node)
    value = translate(array)
    if is_grid(value.type) or (is_array(value.type) and len(subscripts) > 1):
        return grid_subscript(translate, as_grid(value), subscripts)
    if value.type.is_json:
        raise translate.fail("subscripts of jsonb are not supported", node, fix="use ->")
    if not is_array(value.type):
        raise translate.fail(f"cannot subscript type {value.type.name}", node)
    index = subscripts[0]
    if isinstance(index, exp.Slice):
        return _slice(translate, value, index)
    place = subscript(translate, index)
    element = value.type.element
    assert element is not None
    return Apply("subscript", (value, place), element)


def _slice(translate: Translating, value: Expression, node: exp.Slice) -> Expression:
    low: Expression = Constant("1", INTEGER)
    if node.this is not None:
        low = subscript(translate, node.this)
    high: Expression = Apply("cardinality", (value,), INTEGER, value.nullable)
    if node.expression is not None:
        high = subscript(translate, node.expression)
    return Apply("slice", (value, low, high), value.type)


def _pair(
    translate: Translating, left: Expression, right: Expression, node: exp.Expr, sign: str
) -> list[Expression]:
    """Two arrays in their common type; those of several dimensions by all their elements."""
    left, right = members_of(left), members_of(right)
    refuse_unlike_arrays(translate, left, right, sign, node)
    kind, values = translate.unify([left, right], node, f"operator {sign}")
    if is_keyed(kind):
        return [equality_key(each) or each for each in values]
    refuse_comparison(translate, kind, "=", node)
    return values


def contains(
    translate: Translating, whole: Expression, part: Expression, node: exp.Expr
) -> Expression:
    """`whole @> part`."""
    return boolean("array @>", *_pair(translate, whole, part, node, "@>"))


def overlaps_(translate: Translating, node: exp.Binary) -> Expression:
    """`left && right`."""
    left, right = translate(node.left), translate(node.right)
    if not any(is_array(each.type) or is_grid(each.type) for each in (left, right)):
        raise translate.fail(
            f"operator does not exist: {left.type.name} && {right.type.name}", node
        )
    return boolean("array &&", *_pair(translate, left, right, node, "&&"))


def concatenated(
    translate: Translating, left: Expression, right: Expression, node: exp.Expr
) -> Expression:
    """`||` of two arrays, or of an array and an element; a NULL array counts as empty."""
    for_left, for_right = left.type, right.type
    if is_array(for_left) and for_right.element is None and right.type != UNKNOWN:
        right = Apply("only element", (stored(right),), array_of(for_right), False)
    if is_array(for_right) and for_left.element is None and left.type != UNKNOWN:
        left = Apply("only element", (stored(left),), array_of(for_left), False)
    kind, values = translate.unify([left, right], node, "operator ||", resulting)
    return Apply("array_cat", tuple(values), kind, left.nullable and right.nullable)
