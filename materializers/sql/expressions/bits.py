"""`& | # ~ << >>` of integers (manual, "Mathematical Functions and Operators")."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import BIGINT, INTEGER, UNKNOWN, common

_LOGIC: dict[type[exp.Expr], str] = {
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseXor: "#",
}


def bitwise_(translate: Translating, node: exp.Binary) -> Expression:
    """`left op right`; a shift has its left operand's type."""
    sign = _LOGIC.get(type(node), "")
    left, right = translate(node.left), translate(node.right)
    if left.type == UNKNOWN and (sign or right.type == INTEGER):
        left = left.cast(right.type)
    if right.type == UNKNOWN:
        right = right.cast(left.type if sign else INTEGER)
    if not (left.type.is_integer and right.type.is_integer):
        raise translate.fail(f"no bit operator for {left.type.name} and {right.type.name}", node)
    nullable = left.nullable or right.nullable
    if sign:
        kind = common(left.type, right.type)
        assert kind is not None
        return Apply(sign, (left.cast(kind), right.cast(kind)), kind, nullable)
    sign = ">>" if isinstance(node, exp.BitwiseRightShift) else "<<"
    if right.type == BIGINT:
        raise translate.fail(f"operator does not exist: {left.type.name} {sign} bigint", node)
    return Apply(sign, (left, right.cast(INTEGER)), left.type, nullable)


def complement_(translate: Translating, node: exp.BitwiseNot) -> Expression:
    """`~ value`."""
    value = translate(node.this)
    if not value.type.is_integer:
        raise translate.fail(f"~ needs an integer, not {value.type.name}", node)
    return Apply("bitwise not", (value,), value.type, value.nullable)
