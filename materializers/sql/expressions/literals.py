"""Literals (manual, "Constants")."""

from __future__ import annotations

import re
from decimal import Decimal

from sqlglot import exp

from materializers.sql.expressions.arithmetic import integer_literal
from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Constant, Expression
from materializers.sql.types.interval_text import parse_interval
from materializers.sql.types.sql_type import DIGITS_MAX, INTERVAL, WIDE, numeric

_DECIMAL = re.compile(r"(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?")


_DIGITS_MAX = 4000
"""Digits of a number; Python reads no longer one."""


def literal_(translate: Translating, node: exp.Literal) -> Expression:
    """A text of unknown type, or an integer, bigint or numeric."""
    if node.is_string:
        return Constant(node.this)
    if re.fullmatch(r"\d+", node.this) and len(node.this) <= _DIGITS_MAX:
        return integer_literal(node.this)
    match = _DECIMAL.fullmatch(node.this)
    if match is None:
        raise translate.fail(f"the number {node.this} is not supported", node)
    whole, fraction, exponent = match[1], match[2], int(match[3] or 0)
    scale = max(len(fraction) - exponent, 0)
    precision = max(len(whole) + exponent, 0) + scale
    if max(precision, abs(exponent)) > _DIGITS_MAX:
        raise translate.fail(f"the number {node.this} has more than {_DIGITS_MAX} digits", node)
    kind = numeric(max(precision, 1), scale) if precision <= DIGITS_MAX else WIDE
    return Constant(f"{Decimal(node.this):f}", kind)


def escaped_(translate: Translating, node: exp.ByteString) -> Expression:
    """`E'…'`."""
    return Constant(node.this)


def unicode_(translate: Translating, node: exp.UnicodeString) -> Expression:
    """`U&'d\\0061t'`, with another escape by UESCAPE."""
    escape = node.args.get("escape")
    sign = re.escape(escape.name if escape else "\\")
    escaped = re.compile(rf"{sign}(?:({sign})|([0-9A-Fa-f]{{4}})|\+([0-9A-Fa-f]{{6}}))")

    def plain(match: re.Match[str]) -> str:
        code = int(match[2] or match[3] or "0", 16)
        if not match[1] and (code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF):
            raise translate.fail(f"the character {match[0]} is not supported", node)
        return match[1] or chr(code)

    text = escaped.sub(plain, node.this)
    if re.search(sign, escaped.sub("", node.this)):
        raise translate.fail("invalid Unicode escape", node)
    return Constant(text)


def interval_(translate: Translating, node: exp.Interval) -> Expression:
    """`interval '3 days'`, `interval '3' day`."""
    unit = node.args.get("unit")
    if unit is not None and not isinstance(unit, exp.Var):
        raise translate.fail("an interval of several fields is not supported", node)
    if not isinstance(node.this, exp.Literal) or not node.this.is_string:
        raise translate.fail("an interval needs a constant", node, fix="use make_interval()")
    text = node.this.name if unit is None else f"{node.this.name} {unit.name}"
    return interval_constant(translate, text, node)


def interval_constant(translate: Translating, text: str, node: exp.Expr) -> Expression:
    """An interval written as text; raises ViewError where it is not supported."""
    if parse_interval(text) is None:
        raise translate.fail(f"the interval {text!r} is not supported", node)
    return Constant(text, INTERVAL)
