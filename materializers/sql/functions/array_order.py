"""array_sort and array_reverse, which PostgreSQL has since 18 (manual, "Array Functions and
Operators")."""

from __future__ import annotations

from materializers.sql.functions.call import Call, Functions
from materializers.sql.types.comparison_key import enum_label, is_keyed, order_key
from materializers.sql.types.expression import Apply, Constant, Expression, Lambda, Parameter
from materializers.sql.types.sql_type import INTEGER


def _array(call: Call) -> Expression:
    value = call.arguments[0]
    if value.type.element is None or value.type.is_stored_as_text:
        raise call.fail(f"{call.name}() takes an array, not {value.type.name}")
    return value


def _reverse(call: Call) -> Expression:
    call.expect(1)
    return call.apply(call.arguments[0].type, _array(call))


def _sort(call: Call) -> Expression:
    """array_sort(array, descending, nulls_first). By default NULL is last in ascending and first in
    descending order."""
    call.expect(1, 3)
    value = _array(call)
    is_descending = _flag(call, 1, default=False)
    options = (int(is_descending), int(_flag(call, 2, default=is_descending)))
    keys = order_key(value)
    if value.type.labels and keys is not None:
        place, kind = Parameter("place", INTEGER), value.type.element
        assert kind is not None
        sorted_ = call.apply(keys.type, keys, options=options)
        label = Lambda(place, enum_label(place, kind))
        return Apply("each", (sorted_, label), value.type, value.nullable)
    if keys != value and not is_keyed(value.type):
        raise call.fail(f"array_sort() of {value.type.name} is not supported")
    return call.apply(value.type, value, options=options)


def _flag(call: Call, index: int, *, default: bool) -> bool:
    if len(call.arguments) <= index:
        return default
    given = call.arguments[index]
    if not isinstance(given, Constant) or given.text not in ("true", "false"):
        raise call.fail("array_sort() takes true or false after the array")
    return given.text == "true"


ARRAY_ORDERS: Functions = {"array_sort": _sort, "array_reverse": _reverse}
