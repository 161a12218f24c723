"""Array functions (manual, "Array Functions and Operators"), over arrays of one dimension."""

from __future__ import annotations

from dataclasses import replace

from materializers.sql.functions.call import Call, Functions
from materializers.sql.functions.signatures import nonexistent
from materializers.sql.types.comparison_key import is_keyed
from materializers.sql.types.expression import Apply, Constant, Expression, Parameter, stored
from materializers.sql.types.grid import grid_beside, is_grid, members_of
from materializers.sql.types.output import element_text
from materializers.sql.types.sql_type import INTEGER, TEXT, array_of, common, resulting


def _array(call: Call, index: int = 0) -> Expression:
    value = call.arguments[index]
    if value.type.element is None or value.type.is_stored_as_text:
        raise call.fail(f"{call.name}() takes an array, not {value.type.name}")
    return value


def _with_element(call: Call, array: int, element: int) -> tuple[Expression, Expression]:
    """An array and an element in their common type."""
    value, one = _array(call, array), call.arguments[element]
    assert value.type.element is not None
    kind = resulting(value.type.element, one.type)
    if kind is None or kind.is_json or not (kind.is_comparable or is_keyed(array_of(kind))):
        raise call.fail(f"{call.name}() cannot match {value.type.name} and {one.type.name}")
    return value.cast(array_of(kind)), stored(one.cast(kind))


def _of_dimension(call: Call) -> Expression:
    """array_length, array_lower and array_upper: NULL for an empty array, and for another dimension
    than 1."""
    call.expect(2)
    value, dimension = _array(call), call.arguments[1]
    if not isinstance(dimension, Constant) or dimension.type != INTEGER or dimension.text is None:
        raise call.fail(f"the dimension of {call.name}() must be a constant")
    if dimension.text != "1":
        return Constant(None, INTEGER)
    return Apply(call.name, (value,), INTEGER)


def _dimensions(call: Call) -> Expression:
    call.expect(1)
    return Apply(call.name, (_array(call),), INTEGER)


def _bounds(call: Call) -> Expression:
    call.expect(1)
    return Apply(call.name, (_array(call),), TEXT)


def _cardinality(call: Call) -> Expression:
    call.expect(1)
    return call.apply(INTEGER, _array(call))


def _position(call: Call) -> Expression:
    """array_position, where given from a place on."""
    call.expect(2, 3)
    array, element = _with_element(call, 0, 1)
    start = call.arguments[2:]
    if start and not start[0].type.is_integer:
        raise nonexistent(call)
    return Apply(call.name, (array, element, *(s.cast(INTEGER) for s in start)), INTEGER)


def _positions(call: Call) -> Expression:
    call.expect(2)
    return Apply(call.name, _with_element(call, 0, 1), array_of(INTEGER))


def _append(call: Call) -> Expression:
    """array_append; a NULL array counts as empty."""
    call.expect(2)
    array, element = _with_element(call, 0, 1)
    return Apply(call.name, (array, element), array.type, False)


def _prepend(call: Call) -> Expression:
    call.expect(2)
    array, element = _with_element(call, 1, 0)
    return Apply(call.name, (element, array), array.type, False)


def _concatenate(call: Call) -> Expression:
    call.expect(2)
    left, right = call.arguments
    if is_grid(left.type) or is_grid(right.type):
        return _grids(call, left, right)
    kind = common(left.type, right.type)
    if kind is None or kind.element is None:
        raise call.fail(f"array_cat() cannot match {left.type.name} and {right.type.name}")
    nullable = left.nullable and right.nullable
    return Apply(call.name, (left.cast(kind), right.cast(kind)), kind, nullable)


def _grids(call: Call, left: Expression, right: Expression) -> Expression:
    kind = left.type if is_grid(left.type) else right.type
    one, two = (grid_beside(side, kind) for side in (left, right))
    if one is None or two is None:
        raise call.fail(f"array_cat() cannot match {left.type.name} and {right.type.name}")
    return Apply("grid cat", (one, two), kind, one.nullable and two.nullable)


def _remove(call: Call) -> Expression:
    call.expect(2)
    array, element = _with_element(call, 0, 1)
    return Apply(call.name, (array, element), array.type, array.nullable)


def _replace(call: Call) -> Expression:
    call.expect(3)
    array, old = _with_element(call, 0, 1)
    kind = resulting(old.type, call.arguments[2].type)
    if kind is None:
        raise nonexistent(call)
    array, old, new = (
        array.cast(array_of(kind)),
        old.cast(kind),
        stored(call.arguments[2].cast(kind)),
    )
    return Apply(call.name, (array, old, new), array.type, array.nullable)


def _to_string(call: Call) -> Expression:
    call.expect(2, 3)
    call = replace(call, arguments=(members_of(call.arguments[0]), *call.arguments[1:]))
    value = _array(call)
    assert value.type.element is not None
    if element_text(Parameter("element", value.type.element)) is None:
        raise call.fail(f"array_to_string() of {value.type.name} is not supported")
    texts = [call.as_text(place) for place in range(1, len(call.arguments))]
    nullable = value.nullable or texts[0].nullable
    return Apply(call.name, (value, *texts), TEXT, nullable)


def _from_string(call: Call) -> Expression:
    """string_to_array, and string_to_table over it. The third argument is the text of NULL."""
    call.expect(2, 3)
    texts = tuple(call.as_text(place) for place in range(len(call.arguments)))
    return Apply("string_to_array", texts, array_of(TEXT), texts[0].nullable)


ARRAY_FUNCTIONS: Functions = {
    "array_length": _of_dimension,
    "array_upper": _of_dimension,
    "array_lower": _of_dimension,
    "array_ndims": _dimensions,
    "array_dims": _bounds,
    "cardinality": _cardinality,
    "array_position": _position,
    "array_positions": _positions,
    "array_append": _append,
    "array_prepend": _prepend,
    "array_cat": _concatenate,
    "array_remove": _remove,
    "array_replace": _replace,
    "array_to_string": _to_string,
    "string_to_array": _from_string,
}
