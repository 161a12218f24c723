"""Arrays of one dimension as DuckDB lists: `ARRAY[…]`, `a[1]`, `@>`, `<@`, `&&`, `||` (manual,
"Arrays", "Array Functions and Operators")."""

from __future__ import annotations

from sqlglot import exp

from materializers.plan.expressions.comparisons import refuse_comparison
from materializers.plan.expressions.translating import Translating
from materializers.plan.types.expression import Constant, Expression, Words
from materializers.plan.types.sql_type import (
    BOOLEAN,
    INTEGER,
    UNKNOWN,
    SqlType,
    array_of,
    resulting,
)


def is_array(kind: SqlType) -> bool:
    """Whether a type is an array that is kept as a list."""
    return kind.element is not None and not kind.is_kept_as_text


def array_(translate: Translating, node: exp.Array) -> Expression:
    """`ARRAY[a, b, …]`."""
    if not node.expressions:
        return Constant("{}")
    if any(isinstance(e, (exp.Query, exp.Subquery)) for e in node.expressions):
        raise translate.fail("ARRAY(SELECT …) is not supported", node, fix="use array_agg()")
    members = [translate(e) for e in node.expressions]
    kind, values = translate.unify(members, node, "ARRAY", resulting)
    if kind.element is not None:
        raise translate.fail("arrays of several dimensions are not supported", node)
    result = array_of(kind)
    return Words(f"CAST([{', '.join(v.sql for v in values)}] AS {result.duckdb})", result, False)


def subscript_(translate: Translating, node: exp.Bracket) -> Expression:
    """`a[index]`, NULL outside of the array; `a[low:high]`."""
    value = translate(node.this)
    if value.type.is_json:
        raise translate.fail("subscripts of jsonb are not supported", node, fix="use ->")
    if not is_array(value.type) or len(node.expressions) != 1:
        raise translate.fail(f"cannot subscript type {value.type.name}", node)
    index = node.expressions[0]
    if isinstance(index, exp.Slice):
        return _slice(translate, value, index)
    place = _index(translate, index)
    element = value.type.element
    assert element is not None
    sql = f"CASE WHEN {place.sql} > 0 THEN {value.sql}[{place.sql}] END"
    return Words(f"({sql})", element, True)


def _index(translate: Translating, node: exp.Expr) -> Expression:
    place = translate(node)
    if not (place.type.is_integer or place.type == UNKNOWN):
        raise translate.fail(f"an array's subscript must be integer, not {place.type.name}", node)
    return place.cast(INTEGER)


def _slice(translate: Translating, value: Expression, node: exp.Slice) -> Expression:
    low = _index(translate, node.this).sql if node.this is not None else "1"
    high = f"len({value.sql})"
    if node.expression is not None:
        high = _index(translate, node.expression).sql
    sql = (
        f"CASE WHEN {low} IS NULL OR {high} IS NULL THEN NULL WHEN {high} < 1 THEN {value.sql}[1:0]"
        f" ELSE {value.sql}[greatest({low}, 1):{high}] END"
    )
    return Words(f"({sql})", value.type, True)


def pair(
    translate: Translating, left: Expression, right: Expression, node: exp.Expr, sign: str
) -> tuple[SqlType, str, str]:
    """Two arrays in the one type they share."""
    kind, (one, two) = translate.unify([left, right], node, f"operator {sign}")
    refuse_comparison(translate, kind, "=", node)
    return kind, one.sql, two.sql


def contains(
    translate: Translating, whole: Expression, part: Expression, node: exp.Expr
) -> Expression:
    """`whole @> part`: NULL is equal to nothing, not even to NULL."""
    _, one, two = pair(translate, whole, part, node, "@>")
    sql = f"list_has_all({one}, {two}) AND list_count({two}) = len({two})"
    sql = f"CASE WHEN {one} IS NOT NULL AND {two} IS NOT NULL THEN {sql} END"
    return Words(f"({sql})", BOOLEAN, whole.nullable or part.nullable)


def overlaps_(translate: Translating, node: exp.Binary) -> Expression:
    """`left && right`."""
    left, right = translate(node.left), translate(node.right)
    if not (is_array(left.type) or is_array(right.type)):
        raise translate.fail(
            f"operator does not exist: {left.type.name} && {right.type.name}", node
        )
    _, one, two = pair(translate, left, right, node, "&&")
    # DuckDB answers NULL where one side holds nothing but NULL
    held = [f"list_filter({side}, lambda element: element IS NOT NULL)" for side in (one, two)]
    sql = f"list_has_any({held[0]}, {held[1]})"
    return Words(sql, BOOLEAN, left.nullable or right.nullable)


def concatenated(
    translate: Translating, left: Expression, right: Expression, node: exp.Expr
) -> Expression:
    """`||` of two arrays, or of an array and an element; a NULL array adds nothing."""
    for_left, for_right = left.type, right.type
    if is_array(for_left) and for_right.element is None and right.type != UNKNOWN:
        right = Words(f"[{right.sql}]", array_of(for_right), False)
    if is_array(for_right) and for_left.element is None and left.type != UNKNOWN:
        left = Words(f"[{left.sql}]", array_of(for_left), False)
    kind, (one, two) = translate.unify([left, right], node, "operator ||", resulting)
    return joined(kind, one.sql, two.sql, left.nullable and right.nullable)


def joined(kind: SqlType, one: str, two: str, nullable: bool) -> Expression:
    """Two lists of one type as one; NULL where both are."""
    sql = f"CASE WHEN {one} IS NULL THEN {two} WHEN {two} IS NULL THEN {one}"
    return Words(f"({sql} ELSE list_concat({one}, {two}) END)", kind, nullable)
