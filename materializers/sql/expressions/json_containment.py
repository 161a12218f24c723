"""`value @> constant` of jsonb (manual, "jsonb Containment and Existence")."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.json_operators import jsonb
from materializers.sql.expressions.translating import Translating
from materializers.sql.types import json_text
from materializers.sql.types.expression import Expression, boolean
from materializers.sql.types.sql_type import JSONB_TEXT


def contains(
    translate: Translating, whole: Expression, part: Expression, node: exp.Expr
) -> Expression:
    """`whole @> part`, `part` a constant."""
    if part.literal is None:
        fix = "write the right side as a constant"
        raise translate.fail("@> of jsonb is supported with a constant only", node, fix=fix)
    whole = jsonb(translate, whole, node)
    try:
        json_text.load(part.literal)
    except ValueError as error:
        raise translate.fail(f"invalid input syntax for type json: {error}", node) from error
    return boolean("jsonb @>", whole, part.cast(JSONB_TEXT))
