"""Ordered-set aggregates: percentile_cont, percentile_disc, mode (manual, "Ordered-Set Aggregate
Functions"). Their argument is the expression in WITHIN GROUP (ORDER BY …)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from sqlglot import exp

from materializers.sql.aggregates.written_call import Binding, WrittenCall
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.comparison_key import is_keyed, refused
from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Order
from materializers.sql.types.sql_type import DOUBLE, TEXT, UNKNOWN, array_of

_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_SIGNS: dict[type[exp.Expr], Callable[[Decimal, Decimal], Decimal]] = {
    exp.Add: Decimal.__add__,
    exp.Sub: Decimal.__sub__,
    exp.Mul: Decimal.__mul__,
}
ORDERED_SET_NAMES = ("percentile_cont", "percentile_disc", "mode")


def _ordered(call: WrittenCall) -> Expression:
    if len(call.ordered_by) != 1:
        raise call.fail(f"{call.name}() takes one expression in WITHIN GROUP (ORDER BY …)")
    value = call.ordered_by[0]
    is_keyed_here = is_keyed(value.type) and value.type.element is None
    if not (value.type.is_ordered and value.type.is_comparable) and not is_keyed_here:
        raise call.fail(refused(value.type, f"{call.name}()"))
    return value.cast(TEXT) if value.type == UNKNOWN else value


def _by(call: WrittenCall, value: Expression) -> Order:
    """The order of WITHIN GROUP: by the aggregated values themselves."""
    return (replace(call.order[0], value=value),)


def _fraction(call: WrittenCall, node: exp.Expr) -> str:
    number = _constant(node)
    if number is None:
        raise call.fail(f"{call.name}() takes a constant from 0 to 1, or an ARRAY of them")
    if not 0 <= number <= 1:
        raise call.fail(f"percentile value {number} is not between 0 and 1")
    return repr(float(number))


def _constant(node: exp.Expr) -> Decimal | None:
    """The value of an expression of constants; None for another one, and for a quotient of
    integers, which PostgreSQL truncates."""
    if isinstance(node, exp.Paren):
        return _constant(node.this)
    if isinstance(node, exp.Literal):
        return Decimal(node.name) if _NUMBER.fullmatch(node.name) else None
    sign = _SIGNS.get(type(node))
    if sign is None or not isinstance(node, exp.Binary):
        return None
    one, two = _constant(node.left), _constant(node.right)
    return sign(one, two) if one is not None and two is not None else None


def _percentile(call: WrittenCall) -> AggregateCall:
    """The fractions become the call's options; an ARRAY of fractions gives an array."""
    value, node = _ordered(call), call.nodes[0]
    if call.name == "percentile_cont":
        if not value.type.is_number:
            raise call.fail(f"percentile_cont() over {value.type.name} is not supported")
        value = value.cast(DOUBLE)
    is_several = isinstance(node, exp.Array)
    if is_several and value.type.element is not None:
        raise call.fail(f"could not find array type for data type {value.type.name}")
    options = tuple(_fraction(call, n) for n in (node.expressions if is_several else [node]))
    kind = array_of(value.type) if is_several else value.type
    return call.bound(kind, order=_by(call, value), options=options)


def _mode(call: WrittenCall) -> AggregateCall:
    """The first, in order, of the most frequent values."""
    value = _ordered(call)
    return call.bound(value.type, order=_by(call, value))


ORDERED_SETS: dict[str, Binding] = {
    "percentile_cont": _percentile,
    "percentile_disc": _percentile,
    "mode": _mode,
}
