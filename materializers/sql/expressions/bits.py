"""`& | # ~ << >>` of integers (manual, "Mathematical Functions and Operators")."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import INTEGER, common

_LOGIC: dict[type[exp.Expr], str] = {
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseXor: "#",
}


def bitwise_(translate: Translating, node: exp.Binary) -> Expression:
    """`left op right`; a shift has the type of what is shifted."""
    left, right = translate(node.left), translate(node.right)
    if left.literal is not None:
        left = left.cast(right.type)
    if right.literal is not None:
        right = right.cast(left.type)
    if not (left.type.is_integer and right.type.is_integer):
        raise translate.fail(f"no bit operator for {left.type.name} and {right.type.name}", node)
    nullable = left.nullable or right.nullable
    if (sign := _LOGIC.get(type(node))) is not None:
        kind = common(left.type, right.type)
        assert kind is not None
        return Apply(sign, (left.cast(kind), right.cast(kind)), kind, nullable)
    if left.type.name == "bigint":
        raise translate.fail("shifts of bigint are not supported", node)
    sign = ">>" if isinstance(node, exp.BitwiseRightShift) else "<<"
    return Apply(sign, (left, right.cast(INTEGER)), left.type, nullable)


def complement_(translate: Translating, node: exp.BitwiseNot) -> Expression:
    """`~ value`."""
    value = translate(node.this)
    if not value.type.is_integer:
        raise translate.fail(f"~ needs an integer, not {value.type.name}", node)
    return Apply("bitwise not", (value,), value.type, value.nullable)
