"""`||`: of texts, of arrays and of jsonb."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.arrays import concatenated, is_array
from materializers.sql.expressions.grids import concatenated_grids
from materializers.sql.expressions.jsonb_changes import concatenated_jsonb, is_jsonb
from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.grid import is_grid
from materializers.sql.types.output import as_text
from materializers.sql.types.sql_type import BYTEA, TEXT, UNKNOWN


def concatenate_(translate: Translating, node: exp.DPipe) -> Expression:
    """`left || right`."""
    left, right = translate(node.left), translate(node.right)
    if any(map(is_jsonb, (left, right))) and not any(map(_is_text, (left, right))):
        return concatenated_jsonb(translate, left, right, node)
    if is_grid(left.type) or is_grid(right.type):
        return concatenated_grids(translate, left, right, node)
    if is_array(left.type) or is_array(right.type):
        return concatenated(translate, left, right, node)
    if BYTEA in (left.type, right.type) and {left.type, right.type} <= {BYTEA, UNKNOWN}:
        values = left.cast(BYTEA), right.cast(BYTEA)
        return Apply("||", values, BYTEA, left.nullable or right.nullable)
    names, nullable = (left.type.name, right.type.name), left.nullable or right.nullable
    if not any(v.type.is_text for v in (left, right)):
        raise translate.fail(f"operator does not exist: {names[0]} || {names[1]}", node)
    texts = [as_text(v) for v in (left, right)]
    if texts[0] is None or texts[1] is None:
        raise translate.fail("the text of this type is not supported", node, fix="use round()")
    return Apply("||", (texts[0], texts[1]), TEXT, nullable)


def _is_text(value: Expression) -> bool:
    return value.type.is_text and value.type != UNKNOWN
