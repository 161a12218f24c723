"""`& | # ~ << >>` of integers (manual, "Mathematical Functions and Operators")."""

from __future__ import annotations

from sqlglot import exp

from materializers.plan.expressions.translating import Translating
from materializers.plan.types.expression import Expression, Words
from materializers.plan.types.sql_type import INTEGER, common

_LOGIC: dict[type[exp.Expr], str] = {
    exp.BitwiseAnd: "({0} & {1})",
    exp.BitwiseOr: "({0} | {1})",
    exp.BitwiseXor: "xor({0}, {1})",
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
    if type(node) in _LOGIC:
        kind = common(left.type, right.type)
        assert kind is not None
        sql = _LOGIC[type(node)].format(left.cast(kind).sql, right.cast(kind).sql)
        return Words(f"CAST({sql} AS {kind.duckdb})", kind, nullable)
    if left.type.name == "bigint":
        raise translate.fail("shifts of bigint are not supported", node)
    return Words(_shift(node, left, right), left.type, nullable)


def _shift(node: exp.Binary, left: Expression, right: Expression) -> str:
    """PostgreSQL shifts by the distance modulo the width, and lets bits fall off."""
    width = 32
    distance = f"(CAST({right.cast(INTEGER).sql} AS BIGINT) & {width - 1})"
    if isinstance(node, exp.BitwiseRightShift):
        moved = f"CAST(floor(CAST({left.sql} AS BIGINT) / (1::BIGINT << {distance})) AS BIGINT)"
    else:
        moved = f"CAST({left.sql} AS HUGEINT) * CAST((1::BIGINT << {distance}) AS HUGEINT)"
    bits = 16 if left.type.name == "smallint" else 32
    half, whole = 2 ** (bits - 1), 2**bits
    wrapped = f"((({moved}) % {whole} + {whole} + {half}) % {whole} - {half})"
    return f"CAST({wrapped} AS {left.type.duckdb})"


def complement_(translate: Translating, node: exp.BitwiseNot) -> Expression:
    """`~ value`."""
    value = translate(node.this)
    if not value.type.is_integer:
        raise translate.fail(f"~ needs an integer, not {value.type.name}", node)
    return Words(f"CAST(-1 - {value.sql} AS {value.type.duckdb})", value.type, value.nullable)
