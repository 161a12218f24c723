"""`||`, `-` and `#-` of jsonb (manual, "Additional jsonb Operators")."""

from __future__ import annotations

from sqlglot import exp

from materializers.errors import ViewError
from materializers.plan.expressions.translating import Translating
from materializers.plan.functions.jsonb_change import constant_path, own_text, without_path
from materializers.plan.types.expression import Expression, Words
from materializers.plan.types.sql_type import JSONB_TEXT, TEXT, UNKNOWN, array_of

_TEXTS = array_of(TEXT)


def is_jsonb(value: Expression) -> bool:
    return value.type.name == "jsonb"


def concatenated_jsonb(
    translate: Translating, left: Expression, right: Expression, node: exp.Expr
) -> Expression:
    """`left || right`."""

    def fail(message: str) -> ViewError:
        return translate.fail(message, node)

    one, two = own_text(left, fail), own_text(right, fail)
    nullable = one.nullable or two.nullable
    return Words(f"pg_jsonb_concat({one.sql}, {two.sql})", JSONB_TEXT, nullable)


def reduced_jsonb(
    translate: Translating, left: Expression, right: Expression, node: exp.Expr
) -> Expression:
    """`left - right`: without a key, several keys, or what stands at a place."""
    value = own_text(left, lambda message: translate.fail(message, node))
    nullable = left.nullable or right.nullable
    if right.type.is_integer:
        sql = f"pg_jsonb_without_place({value.sql}, {right.sql})"
    elif right.type == UNKNOWN or right.type.is_text:
        sql = f"pg_jsonb_without({value.sql}, {_one(right.cast(TEXT))})"
    elif right.type == _TEXTS:
        sql = f"pg_jsonb_without({value.sql}, {right.sql})"
    else:
        raise translate.fail(f"operator does not exist: jsonb - {right.type.name}", node)
    return Words(sql, JSONB_TEXT, nullable)


def _one(key: Expression) -> str:
    return (
        f"CASE WHEN {key.sql} IS NOT NULL THEN [{key.sql}] END" if key.nullable else f"[{key.sql}]"
    )


def without_path_(translate: Translating, node: exp.Binary) -> Expression:
    """`value #- path`."""
    value = own_text(translate(node.this), lambda message: translate.fail(message, node))
    path = constant_path(translate(node.expression))
    if path is None:
        raise translate.fail("the path of #- must be a constant array of texts", node)
    return without_path(value, path)
