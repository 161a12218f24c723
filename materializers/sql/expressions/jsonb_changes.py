"""`||`, `-` and `#-` of jsonb (manual, "Additional jsonb Operators")."""

from __future__ import annotations

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.expressions.translating import Translating
from materializers.sql.functions.jsonb_change import constant_path, own_text
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import JSONB_TEXT, TEXT, array_of


def is_jsonb(value: Expression) -> bool:
    return value.type.name == "jsonb"


def concatenated_jsonb(
    translate: Translating, left: Expression, right: Expression, node: exp.Expr
) -> Expression:
    """`left || right`."""

    def fail(message: str) -> ViewError:
        return translate.fail(message, node)

    one, two = own_text(left, fail), own_text(right, fail)
    return Apply("jsonb ||", (one, two), JSONB_TEXT, one.nullable or two.nullable)


def reduced_jsonb(
    translate: Translating, left: Expression, right: Expression, node: exp.Expr
) -> Expression:
    """`left - right`: without a key, several keys, or the element at an index."""
    value = own_text(left, lambda message: translate.fail(message, node))
    if right.type.is_text:
        right = right.cast(TEXT)
    elif right.type.name not in ("smallint", "integer") and right.type != array_of(TEXT):
        raise translate.fail(f"operator does not exist: jsonb - {right.type.name}", node)
    return Apply("jsonb -", (value, right), JSONB_TEXT, left.nullable or right.nullable)


def without_path_(translate: Translating, node: exp.Binary) -> Expression:
    """`value #- path`."""
    value = own_text(translate(node.this), lambda message: translate.fail(message, node))
    path = constant_path(translate(node.expression))
    if path is None:
        raise translate.fail("the path of #- must be a constant array of texts", node)
    return Apply("#-", (value,), JSONB_TEXT, value.nullable, path)
