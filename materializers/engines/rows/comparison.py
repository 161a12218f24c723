"""Comparisons and tests of conditions (manual, "Comparison Functions and Operators")."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from materializers.engines.rows.failure import EvaluationError, Unsupported, fail
from materializers.engines.rows.meaning import (
    Chosen,
    Meanings,
    Said,
    Source,
    lenient_source,
    source,
)
from materializers.engines.rows.numbers.sort_text import numeric_sort_text
from materializers.engines.rows.type_io import input_of
from materializers.engines.rows.values import (
    Interval,
    Value,
    interval_length,
    numeric_key,
    order_key,
)
from materializers.sql.types.expression import Apply, Constant

_SIGNS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "=": ("==", operator.eq),
    "<>": ("!=", operator.ne),
    "<": ("<", operator.lt),
    "<=": ("<=", operator.le),
    ">": (">", operator.gt),
    ">=": (">=", operator.ge),
}
_FLOATS = {
    "=": "{0} == {1} or {0} != {0} and {1} != {1}",
    "<>": "{0} != {1} and ({0} == {0} or {1} == {1})",
    "<": "{0} < {1} or {1} != {1} and {0} == {0}",
    "<=": "{0} <= {1} or {1} != {1}",
    ">": "{0} > {1} or {0} != {0} and {1} == {1}",
    ">=": "{0} >= {1} or {0} != {0}",
}
"""NaN, the only value that is not equal to itself in Python, is greater than all others."""


def _compared(node: Apply) -> Said:
    word, compare = _SIGNS[node.name]
    kinds = [each.type for each in node.arguments]
    kind = kinds[1] if kinds[0].name == "unknown" else kinds[0]
    if kind.is_float:
        return Source(_FLOATS[node.name])
    if kind.name == "numeric":
        return _of_numerics(node.name, compare)
    if kind.is_json or kind.name == "record":
        raise Unsupported(f"{node.name} of {kind.name}")
    if (key := order_key(kind)) is None:
        return Source(f"{{0}} {word} {{1}}")
    return lambda one, two: compare(key(one), key(two))


def _of_numerics(sign: str, compare: Callable[[Any, Any], bool]) -> Said:
    if sign in ("=", "<>"):
        return Source(_FLOATS[sign])

    def compared(one: Decimal, two: Decimal) -> bool:
        try:
            return compare(one, two)
        except InvalidOperation:  # one of them is NaN
            return compare(numeric_key(one), numeric_key(two))

    return compared


def _distinct(node: Apply) -> Said:
    is_same = node.name == "IS NOT DISTINCT FROM"
    kind = node.arguments[0].type
    key = order_key(kind)
    if key is None:
        return Source("{0} == {1}" if is_same else "{0} != {1}")

    def same(one: Value, two: Value) -> bool:
        if one is None or two is None:
            return (one is two) is is_same
        return (key(one) == key(two)) is is_same

    return same


def _in(node: Apply) -> Said:
    kind, items = node.arguments[0].type, node.arguments[1:]
    key = order_key(kind)
    if key is None and all(isinstance(each, Constant) and each.text is not None for each in items):
        return _in_constants(node)

    def result(value: Value, *items: Value) -> bool | None:
        if value is None:
            return None
        if key is not None:
            value, items = key(value), tuple([i if i is None else key(i) for i in items])
        return True if value in items else None if None in items else False

    return result


def _in_constants(node: Apply) -> Said:
    """IN over constants whose equality is Python's, as a set that is built once."""
    read = input_of(node.arguments[0].type)
    try:
        values = frozenset(
            read(each.text)
            for each in node.arguments[1:]
            if isinstance(each, Constant) and each.text is not None
        )
    except EvaluationError as error:
        return Source("{fail}({message})", {"fail": fail, "message": str(error)})
    return Source("None if {0} is None else {0} in {values}", {"values": values})


def _any(values: tuple[Value, ...], test: Callable[[Value], bool | None]) -> bool | None:
    tests = [test(value) for value in values]
    return True if True in tests else None if None in tests else False


def _all(values: tuple[Value, ...], test: Callable[[Value], bool | None]) -> bool | None:
    tests = [test(value) for value in values]
    return False if False in tests else None if None in tests else True


def _interval_key(value: Interval) -> Decimal:
    return Decimal(interval_length(value))


COMPARISON: Meanings = {
    **dict.fromkeys(_SIGNS, Chosen(_compared)),
    "IS NOT DISTINCT FROM": Chosen(_distinct, is_strict=False),
    "IS DISTINCT FROM": Chosen(_distinct, is_strict=False),
    "not": source("not {0}"),
    "is null": lenient_source("{0} is None"),
    "is not null": lenient_source("{0} is not None"),
    **{
        f"is {word}{value}": lenient_source(f"{{0}} {sign} {value.title()}")
        for word, sign in (("", "is"), ("not ", "is not"))
        for value in ("true", "false")
    },
    "in": Chosen(_in, is_strict=False),
    "interval key": _interval_key,
    "numeric key": numeric_sort_text,
    "unpadded": source("{0}.rstrip(' ')"),
    "any": _any,
    "all": _all,
    "same": lenient_source("{0}"),
}
