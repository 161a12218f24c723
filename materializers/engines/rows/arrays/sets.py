"""The rows that a function returns, as an array (manual, "Set Returning Functions", "JSON
Functions and Operators")."""

from __future__ import annotations

from collections.abc import Callable

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.json.json_depth import all_within_depth
from materializers.engines.rows.json.json_value import (
    checked_escapes,
    elements,
    members,
    start_of,
    text_of,
)
from materializers.engines.rows.meaning import Chosen, Function
from materializers.engines.rows.times.interval_parts import is_finite
from materializers.engines.rows.times.moment import is_infinite, plus
from materializers.engines.rows.values import Interval, Value, interval_length
from materializers.sql.types.expression import Apply
from materializers.sql.types.sql_type import BIGINT, TEXT, array_of

_LIST = tuple[Value, ...]


def _series(node: Apply) -> Function:
    if node.arguments[-1].type.name == "interval":
        return _moments
    bound = 2**63 if node.type == array_of(BIGINT) else 2**31

    def series(low: int, high: int, step: int) -> _LIST:
        if step == 0:
            raise EvaluationError("step size cannot equal zero")
        # a value out of the type's range ends the series
        high = min(high, bound - 1) if step > 0 else max(high, -bound)
        return tuple(range(low, high + (1 if step > 0 else -1), step))

    return series


def _moments(low: int, high: int, step: Interval) -> _LIST:
    if not is_finite(step):
        raise EvaluationError("step size cannot be infinite")
    sign = interval_length(step)
    if sign == 0:
        raise EvaluationError("step size cannot equal zero")
    is_upwards = sign > 0
    if (low > high) if is_upwards else (low < high):
        return ()
    if is_infinite(low) or is_infinite(high):
        raise EvaluationError("timestamp out of range")
    result, moment = [], low
    while (moment <= high) if is_upwards else (moment >= high):
        result.append(moment)
        moment = plus(moment, step)
    return tuple(result)


def _as(node: Apply) -> Callable[[str], str | None]:
    """A member of a JSON value as JSON, or as text."""
    return text_of if node.type == array_of(TEXT) else str


Reader = Callable[[str], str]


def _reader(node: Apply, wanted: str, other: str, scalar: str, *, is_reading: bool) -> Reader:
    """Checks that a JSON text begins with `wanted`, and returns it. `other`, `scalar`: the errors
    for the other kind of container and for a scalar; `is_reading`: whether PostgreSQL decodes a
    json's strings too."""
    is_checked = is_reading and node.arguments[0].type.name == "json"

    def read(value: str) -> str:
        first = value[start_of(value)]
        if first != wanted and first in "{[":
            raise EvaluationError(other)
        if is_checked:
            checked_escapes(value)
        if first != wanted:
            raise EvaluationError(scalar)
        return value

    return read


def _name(node: Apply, name: str) -> str:
    """The called function's name, for messages."""
    suffix = "_text" if node.type == array_of(TEXT) else ""
    return f"{node.arguments[0].type.name}_{name}{suffix}"


def _elements(node: Apply) -> Callable[[str], _LIST]:
    show, is_text = _as(node), node.type == array_of(TEXT)
    start = "cannot extract elements from"
    messages = f"{start} an object", f"{start} a scalar"
    if node.arguments[0].type.name == "json":
        start = f"cannot call {_name(node, 'array_elements')} on a"
        messages = f"{start} non-array", f"{start} scalar"
    read = _reader(node, "[", *messages, is_reading=is_text)
    return lambda value: tuple([show(each) for each in elements(read(value))])


def _values(node: Apply) -> Callable[[str], _LIST]:
    show = _as(node)
    message = f"cannot call {_name(node, 'each')} on a non-object"
    messages = message, message
    if node.arguments[0].type.name == "json":
        messages = "cannot deconstruct an array as an object", "cannot deconstruct a scalar"
    read = _reader(node, "{", *messages, is_reading=True)
    return lambda value: tuple([show(each) for _, each in members(read(value))])


def _names(node: Apply) -> Callable[[str], _LIST]:
    start = f"cannot call {node.arguments[0].type.name}_object_keys on"
    read = _reader(node, "{", f"{start} an array", f"{start} a scalar", is_reading=True)
    return lambda value: tuple([name for name, _ in members(read(value))])


def _unless_null(value: str) -> str | None:
    return None if value == "null" else value


def _of_object(node: Apply) -> Callable[[str | None, Value], Value]:
    """The second argument, a record made of the first one, which must be an object."""
    message = f"cannot call {node.options[0]} on a non-object"

    def of_object(whole: str | None, made: Value) -> Value:
        if whole is not None and whole[0] != "{":
            raise EvaluationError(message)
        return made

    return of_object


SETS = all_within_depth(
    {
        "generate_series": Chosen(_series),
        "json elements": Chosen(_elements),
        "json values": Chosen(_values),
        "json_object_keys": Chosen(_names),
        "unless json null": _unless_null,
        "of object": Chosen(_of_object, is_strict=False),
    }
)
