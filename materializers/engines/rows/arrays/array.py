"""Functions and operators of arrays of one dimension (manual, "Array Functions and Operators")."""

from __future__ import annotations

from collections.abc import Callable

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.meaning import (
    Chosen,
    Function,
    Lenient,
    Meanings,
    Source,
    lenient_source,
    source,
)
from materializers.engines.rows.type_io import output_of
from materializers.engines.rows.values import Value, order_key
from materializers.sql.types.expression import Apply
from materializers.sql.types.sql_type import SqlType

Values = tuple[Value, ...]


def _made(node: Apply) -> Source:
    places = [f"{{{place}}}, " for place in range(len(node.arguments))]
    return Source(f"({''.join(places)})")


def _each(values: Values, function: Callable[[Value], Value]) -> Values:
    return tuple([function(value) for value in values])


def _subscript(values: Values, place: int) -> Value:
    return values[place - 1] if 0 < place <= len(values) else None


def _slice(values: Values, low: int, high: int) -> Values:
    return values[max(low - 1, 0) : max(high, 0)]


# equality


def _keyed(kind: SqlType) -> Callable[[Value], Value]:
    """The equality key of elements; NULL equals NULL."""
    assert kind.element is not None
    key = order_key(kind.element)
    if key is None:
        return lambda value: value
    return lambda value: None if value is None else key(value)


def _contains(node: Apply) -> Function:
    """`@>`: NULL equals nothing here, not even NULL."""
    key = _keyed(node.arguments[0].type)

    def contains(whole: Values, part: Values) -> bool:
        if None in part:
            return False
        held = {key(value) for value in whole}
        return all(key(value) in held for value in part)

    return contains


def _overlaps(node: Apply) -> Function:
    key = _keyed(node.arguments[0].type)

    def overlaps(one: Values, two: Values) -> bool:
        held = {key(value) for value in one if value is not None}
        return any(value is not None and key(value) in held for value in two)

    return overlaps


def _places(node: Apply) -> Callable[[Values, Value], Values]:
    key = _keyed(node.arguments[0].type)

    def places(values: Values, element: Value) -> Values:
        wanted = key(element)
        return tuple([place for place, each in enumerate(values, 1) if key(each) == wanted])

    return places


def _positions(node: Apply) -> Function:
    places = _places(node)
    return lambda values, element: None if values is None else places(values, element)


def _position(node: Apply) -> Function:
    places = _places(node)

    def position(values: Values | None, element: Value, start: int | None = 1) -> int | None:
        if values is None:
            return None
        if start is None:
            raise EvaluationError("initial position must not be null")
        return next((place for place in places(values, element) if place >= start), None)

    return position


def _remove(node: Apply) -> Function:
    key = _keyed(node.type)

    def remove(values: Values | None, element: Value) -> Values | None:
        if values is None:
            return None
        unwanted = key(element)
        return tuple([each for each in values if key(each) != unwanted])

    return remove


def _replace(node: Apply) -> Function:
    key = _keyed(node.type)

    def replace(values: Values | None, old: Value, new: Value) -> Values | None:
        if values is None:
            return None
        unwanted = key(old)
        return tuple([new if key(each) == unwanted else each for each in values])

    return replace


def _sort(node: Apply) -> Function:
    is_descending, is_null_first = node.options
    assert node.type.element is not None
    key = order_key(node.type.element)

    def sort(values: Values) -> Values:
        present = [value for value in values if value is not None]
        present.sort(key=key, reverse=bool(is_descending))
        absent = [None] * (len(values) - len(present))
        return tuple(absent + present if is_null_first else present + absent)

    return sort


# joining and splitting


def _append(values: Values | None, element: Value) -> Values:
    return (*(values or ()), element)


def _prepend(element: Value, values: Values | None) -> Values:
    return (element, *(values or ()))


def _concatenate(one: Values | None, two: Values | None) -> Values | None:
    if one is None or two is None:
        return two if one is None else one
    return one + two


def _to_string(node: Apply) -> Function:
    kind = node.arguments[0].type.element
    assert kind is not None
    show = output_of(kind)

    def joined(values: Values | None, separator: str | None, absent: str | None = None) -> Value:
        if values is None or separator is None:
            return None
        shown = [absent if value is None else show(value) for value in values]
        return separator.join([text for text in shown if text is not None])

    return joined


def _from_string(
    text: str | None, separator: str | None, absent: str | None = None
) -> Values | None:
    """string_to_array; a NULL separator splits into characters."""
    if text is None:
        return None
    parts = [] if not text else list(text) if separator is None else [text]
    if text and separator:
        parts = text.split(separator)
    return tuple([None if part == absent else part for part in parts])


def _positions_of_rows(*lists: Values | None) -> Values:
    """1, 2, … up to the longest array's length, for functions in ROWS FROM."""
    return tuple(range(1, max(len(each or ()) for each in lists) + 1))


def _dims(values: Values) -> str | None:
    return f"[1:{len(values)}]" if values else None


_LENGTH = source("len({0}) or None")
_ONE = source("1 if {0} else None")

ARRAYS: Meanings = {
    "array": Chosen(_made, is_strict=False),
    "only element": lenient_source("{0},"),
    "each": _each,
    "subscript": _subscript,
    "slice": _slice,
    "array @>": Chosen(_contains),
    "array &&": Chosen(_overlaps),
    "array_length": _LENGTH,
    "array_upper": _LENGTH,
    "array_lower": _ONE,
    "array_dims": _dims,
    "array_ndims": _ONE,
    "cardinality": source("len({0})"),
    "generate_subscripts": source("tuple(range(1, len({0}) + 1))"),
    "positions": Lenient(_positions_of_rows),
    "array_position": Chosen(_position, is_strict=False),
    "array_positions": Chosen(_positions, is_strict=False),
    "array_append": Lenient(_append),
    "array_prepend": Lenient(_prepend),
    "array_cat": Lenient(_concatenate),
    "array_remove": Chosen(_remove, is_strict=False),
    "array_replace": Chosen(_replace, is_strict=False),
    "array_reverse": source("{0}[::-1]"),
    "array_sort": Chosen(_sort),
    "array_to_string": Chosen(_to_string, is_strict=False),
    "string_to_array": Lenient(_from_string),
}
