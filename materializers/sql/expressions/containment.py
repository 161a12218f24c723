"""`@>` and `<@` of arrays and of jsonb (manual, "Array Functions and Operators", "jsonb Containment
and Existence")."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions import arrays
from materializers.sql.expressions.json_operators import jsonb
from materializers.sql.expressions.translating import Translating
from materializers.sql.types import json_text
from materializers.sql.types.expression import Expression, boolean
from materializers.sql.types.grid import is_grid
from materializers.sql.types.sql_type import JSONB_TEXT


def contains_(translate: Translating, node: exp.Binary) -> Expression:
    """`left @> right`."""
    return _contains(translate, translate(node.left), translate(node.right), node)


def contained_(translate: Translating, node: exp.Binary) -> Expression:
    """`left <@ right`."""
    return _contains(translate, translate(node.right), translate(node.left), node)


def _contains(
    translate: Translating, whole: Expression, part: Expression, node: exp.Expr
) -> Expression:
    if whole.type.is_json or part.type.is_json:
        return _jsonb_contains(translate, whole, part, node)
    if any(arrays.is_array(each.type) or is_grid(each.type) for each in (whole, part)):
        return arrays.contains(translate, whole, part, node)
    raise translate.fail(f"operator does not exist: {whole.type.name} @> {part.type.name}", node)


def _jsonb_contains(
    translate: Translating, whole: Expression, part: Expression, node: exp.Expr
) -> Expression:
    if part.literal is None:
        fix = "write the right side as a constant"
        raise translate.fail("@> of jsonb is supported with a constant only", node, fix=fix)
    whole = jsonb(translate, whole, node)
    try:
        json_text.load(part.literal)
    except ValueError as error:
        raise translate.fail(f"invalid input syntax for type json: {error}", node) from error
    return boolean("jsonb @>", whole, part.cast(JSONB_TEXT))
