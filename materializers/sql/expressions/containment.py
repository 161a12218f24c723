"""`@>` and `<@` of arrays and of jsonb."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions import arrays, json_containment
from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Expression
from materializers.sql.types.grid import is_grid


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
        return json_containment.contains(translate, whole, part, node)
    if any(arrays.is_array(each.type) or is_grid(each.type) for each in (whole, part)):
        return arrays.contains(translate, whole, part, node)
    raise translate.fail(f"operator does not exist: {whole.type.name} @> {part.type.name}", node)
