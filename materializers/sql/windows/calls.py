"""Calls with OVER: ranks, values of other rows, and aggregates (manual, "Window Functions")."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.aggregates.ordered_set import ORDERED_SET_NAMES
from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.expressions.translator import Translator
from materializers.sql.grouping.grouping import unpack
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.expression import Constant, Expression, stored
from materializers.sql.types.sql_type import (
    BIGINT,
    DOUBLE,
    INTEGER,
    UNKNOWN,
    SqlType,
    resulting,
)

ROW_NUMBER = "row_number"
_RANKS: dict[str, SqlType] = {
    ROW_NUMBER: BIGINT,
    "rank": BIGINT,
    "dense_rank": BIGINT,
    "percent_rank": DOUBLE,
    "cume_dist": DOUBLE,
    "ntile": INTEGER,
}
_VALUES = {"lag": (1, 3), "lead": (1, 3), "first_value": (1, 1), "last_value": (1, 1),
           "nth_value": (2, 2)}  # fmt: skip
WITHOUT_FRAME = (ROW_NUMBER, "ntile", "lag", "lead")
"""Functions that depend on neither frame nor peers: their order may be extended to a total one."""
FRAMED = ("first_value", "last_value", "nth_value")
"""Functions that read one row of the frame: the order of peers decides which."""


def window_aggregate(name: str, functions: FunctionCatalogue) -> bool:
    """Whether the function is an aggregate that may be used with OVER."""
    return name in functions.aggregates and name not in ORDERED_SET_NAMES


def window_function(name: str, node: exp.Anonymous, translate: Translator) -> AggregateCall:
    """Bind a window function; raises ViewError for another function."""
    given, order, distinct = unpack(node)
    if distinct or order:
        word = "DISTINCT" if distinct else "ORDER BY"
        raise translate.fail(f"{word} is not implemented for window functions", node)
    arguments = [translate(a) for a in given]
    if name in _RANKS:
        return _rank(name, arguments, node, translate)
    if name not in _VALUES:
        if name in ORDERED_SET_NAMES:
            raise translate.fail(f"OVER is not supported for ordered-set aggregate {name}", node)
        raise translate.fail(f"{name}() over a window is not supported", node)
    low, high = _VALUES[name]
    if not low <= len(arguments) <= high:
        raise translate.fail(f"{name}() does not take {len(arguments)} arguments", node)
    kind = _value_type(name, arguments, node, translate)
    if len(arguments) > 1:
        arguments[1] = _whole(name, arguments[1], node, translate)
    return AggregateCall(name, tuple(arguments), kind)


def _rank(
    name: str, arguments: list[Expression], node: exp.Anonymous, translate: Translator
) -> AggregateCall:
    wanted = 1 if name == "ntile" else 0
    if len(arguments) != wanted:
        raise translate.fail(f"{name}() does not take {len(arguments)} arguments", node)
    if wanted:
        if node.find(exp.Column) is not None:
            # PostgreSQL uses the first row's value for all rows
            raise translate.fail("ntile() takes a constant", node)
        arguments = [_whole(name, arguments[0], node, translate)]
    return AggregateCall(name, tuple(arguments), _RANKS[name], name == "ntile")


def _value_type(
    name: str, arguments: list[Expression], node: exp.Anonymous, translate: Translator
) -> SqlType:
    """The result type; converts the arguments to it, in place."""
    places = [0, 2] if len(arguments) == 3 else [0]
    values = [arguments[place] for place in places]
    kind, unified = translate.unify(values, node, name, resulting)
    if all(value.type == UNKNOWN for value in values):
        raise translate.fail(f"{name}() needs a value of a known type", node)
    for place, value in zip(places, unified, strict=True):
        arguments[place] = stored(value)
    return stored(Constant(None, kind)).type


def _whole(name: str, value: Expression, node: exp.Anonymous, translate: Translator) -> Expression:
    if value.type.name not in ("integer", "smallint", UNKNOWN.name):
        raise translate.fail(f"{name}() takes an integer, not {value.type.name}", node)
    return value.cast(INTEGER) if value.type == UNKNOWN else value
