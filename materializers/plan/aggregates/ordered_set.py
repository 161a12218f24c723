"""Ordered-set aggregates: percentile_cont, percentile_disc, mode (manual, "Ordered-Set Aggregate
Functions"). Their argument is what WITHIN GROUP orders by."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from sqlglot import exp

from materializers.plan.aggregates.accumulator import Aggregate, AggregateCall, again
from materializers.plan.render.words import words
from materializers.plan.types.comparison_key import refused
from materializers.plan.types.expression import Expression, Words
from materializers.plan.types.sql_type import DOUBLE, TEXT, UNKNOWN, array_of

_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_SIGNS: dict[type[exp.Expr], Callable[[Decimal, Decimal], Decimal]] = {
    exp.Add: Decimal.__add__,
    exp.Sub: Decimal.__sub__,
    exp.Mul: Decimal.__mul__,
}
ORDERED_SET_NAMES = ("percentile_cont", "percentile_disc", "mode")


def _ordered(call: AggregateCall) -> Expression:
    if len(call.ordered_by) != 1:
        raise call.fail(f"{call.name}() takes one expression in WITHIN GROUP (ORDER BY …)")
    value = call.ordered_by[0]
    if not (value.type.is_ordered and value.type.is_comparable):
        raise call.fail(refused(value.type, f"{call.name}()"))
    return value.cast(TEXT) if value.type == UNKNOWN else value


def _fraction(call: AggregateCall, node: exp.Expr) -> str:
    number = _constant(node)
    if number is None:
        raise call.fail(f"{call.name}() takes a constant from 0 to 1, or an ARRAY of them")
    if not 0 <= number <= 1:
        raise call.fail(f"percentile value {number} is not between 0 and 1")
    return f"CAST({float(number)!r} AS DOUBLE)"


def _constant(node: exp.Expr) -> Decimal | None:
    """The number that an expression of constants is; None for any other. Quotients of whole
    numbers, which PostgreSQL cuts off, are not among them."""
    if isinstance(node, exp.Paren):
        return _constant(node.this)
    if isinstance(node, exp.Literal):
        return Decimal(node.name) if _NUMBER.fullmatch(node.name) else None
    sign = _SIGNS.get(type(node))
    if sign is None or not isinstance(node, exp.Binary):
        return None
    one, two = _constant(node.left), _constant(node.right)
    return sign(one, two) if one is not None and two is not None else None


def _is_descending(call: AggregateCall) -> bool:
    return " DESC NULLS " in call.written_order


def _percentile(call: AggregateCall) -> Aggregate:
    value, node = _ordered(call), call.nodes[0]
    kind = value.type
    if call.name == "percentile_cont":
        if not kind.is_number:
            raise call.fail(f"percentile_cont() over {kind.name} is not supported")
        value, kind = Words(f"CAST({words(value)} AS DOUBLE)", DOUBLE), DOUBLE
    fractions = _fractions(call, node)
    name = "quantile_cont" if call.name == "percentile_cont" else "quantile_disc"
    order = f" ORDER BY {words(value)} {'DESC' if _is_descending(call) else 'ASC'}"
    if isinstance(node, exp.Array):
        kind = array_of(kind)
    return again(kind, call.filtered(f"{name}({words(value)}, {fractions}{order})"))


def _fractions(call: AggregateCall, node: exp.Expr) -> str:
    if not isinstance(node, exp.Array):
        return _fraction(call, node)
    return f"[{', '.join(_fraction(call, n) for n in node.expressions)}]"


def _mode(call: AggregateCall) -> Aggregate:
    """Of the values that are there most often, the first in order."""
    value = _ordered(call)
    counted = f"map_entries({call.filtered(f'histogram({words(value)})')})"
    place = "-1" if _is_descending(call) else "1"
    most = "list_filter(l, lambda e: e.value = list_max(list_transform(l, lambda f: f.value)))"
    return again(value.type, f"(list_transform([{counted}], lambda l: ({most})[{place}].key)[1])")


ORDERED_SETS: dict[str, Callable[[AggregateCall], Aggregate]] = {
    "percentile_cont": _percentile,
    "percentile_disc": _percentile,
    "mode": _mode,
}
