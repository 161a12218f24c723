"""Array functions (manual, "Array Functions and Operators"), over arrays of one dimension."""

from __future__ import annotations

from materializers.plan.functions.call import Call, Functions
from materializers.plan.types.expression import Expression, Parameter, Words
from materializers.plan.types.render import element_text
from materializers.plan.types.sql_type import INTEGER, TEXT, SqlType, array_of, common

_TEXTS = array_of(TEXT)


def _array(call: Call, index: int = 0) -> Expression:
    value = call.arguments[index]
    if value.type.element is None or value.type.is_kept_as_text:
        raise call.fail(f"{call.name}() takes an array, not {value.type.name}")
    return value


def _with_element(call: Call, array: int, element: int) -> tuple[SqlType, str, str]:
    """The element type that array and element share, and both in it."""
    value, one = _array(call, array), call.arguments[element]
    assert value.type.element is not None
    kind = common(value.type.element, one.type)
    if kind is None or not kind.is_comparable or kind.is_json:
        raise call.fail(f"{call.name}() cannot match {value.type.name} and {one.type.name}")
    return kind, value.cast(array_of(kind)).sql, one.cast(kind).sql


def _dimension(call: Call) -> bool:
    call.expect(2)
    if not call.arguments[1].sql.isdigit():
        raise call.fail(f"the dimension of {call.name}() must be a constant")
    return call.arguments[1].sql == "1"


def _length(call: Call) -> Expression:
    value, is_first = _array(call), _dimension(call)
    sql = f"nullif(len({value.sql}), 0)" if is_first else "NULL"
    return Words(f"CAST({sql} AS INTEGER)", INTEGER, True)


def _lower(call: Call) -> Expression:
    value, is_first = _array(call), _dimension(call)
    sql = f"CASE WHEN len({value.sql}) > 0 THEN 1 END" if is_first else "NULL"
    return Words(f"CAST({sql} AS INTEGER)", INTEGER, True)


def _dimensions(call: Call) -> Expression:
    call.expect(1)
    return Words(f"CASE WHEN len({_array(call).sql}) > 0 THEN 1 END", INTEGER, True)


def _cardinality(call: Call) -> Expression:
    call.expect(1)
    return call.result(f"len({_array(call).sql})", INTEGER)


def _position(call: Call) -> Expression:
    call.expect(2)
    _, array, element = _with_element(call, 0, 1)
    sql = f"CAST(nullif(list_position({array}, {element}), 0) AS INTEGER)"
    return Words(f"CASE WHEN {array} IS NOT NULL THEN {sql} END", INTEGER, True)


def _positions(call: Call) -> Expression:
    call.expect(2)
    _, array, element = _with_element(call, 0, 1)
    kept = (
        f"list_filter(range(1, len({array}) + 1),"
        f" lambda place: {array}[place] IS NOT DISTINCT FROM {element})"
    )
    sql = f"CASE WHEN {array} IS NOT NULL THEN CAST({kept} AS INTEGER[]) END"
    return Words(sql, array_of(INTEGER), True)


def _append(call: Call) -> Expression:
    call.expect(2)
    kind, array, element = _with_element(call, 0, 1)
    empty = f"CAST([] AS {kind.duckdb}[])"
    sql = f"list_append(coalesce({array}, {empty}), {element})"
    return Words(sql, array_of(kind), False)


def _prepend(call: Call) -> Expression:
    call.expect(2)
    kind, array, element = _with_element(call, 1, 0)
    empty = f"CAST([] AS {kind.duckdb}[])"
    sql = f"list_prepend({element}, coalesce({array}, {empty}))"
    return Words(sql, array_of(kind), False)


def _concatenate(call: Call) -> Expression:
    call.expect(2)
    left, right = call.arguments
    kind = common(left.type, right.type)
    if kind is None or kind.element is None:
        raise call.fail(f"array_cat() cannot match {left.type.name} and {right.type.name}")
    one, two = left.cast(kind).sql, right.cast(kind).sql
    sql = f"CASE WHEN {one} IS NULL THEN {two} WHEN {two} IS NULL THEN {one}"
    nullable = left.nullable and right.nullable
    return Words(f"({sql} ELSE list_concat({one}, {two}) END)", kind, nullable)


def _remove(call: Call) -> Expression:
    call.expect(2)
    kind, array, element = _with_element(call, 0, 1)
    sql = f"list_filter({array}, lambda element: element IS DISTINCT FROM {element})"
    return Words(sql, array_of(kind), call.arguments[0].nullable)


def _replace(call: Call) -> Expression:
    call.expect(3)
    kind, array, old = _with_element(call, 0, 1)
    new = call.arguments[2].cast(kind).sql
    sql = (
        f"list_transform({array}, lambda element: CASE WHEN element IS NOT DISTINCT FROM {old}"
        f" THEN {new} ELSE element END)"
    )
    return Words(sql, array_of(kind), call.arguments[0].nullable)


def _to_string(call: Call) -> Expression:
    call.expect(2, 3)
    value = _array(call)
    assert value.type.element is not None
    shown = element_text(Parameter("element", value.type.element))
    if shown is None:
        raise call.fail(f"array_to_string() of {value.type.name} is not supported")
    text = shown.sql
    if len(call.arguments) == 3:
        text = f"coalesce({text}, {call.text(2)})"
    separator = call.text(1)
    # DuckDB takes a constant separator only; it leaves NULL out, too, but answers NULL for nothing
    texts = f"list_transform({value.sql}, lambda element: {separator} || {text})"
    joined = f"coalesce(array_to_string({texts}, ''), '')"
    sql = f"substring({joined}, length({separator}) + 1)"
    nullable = value.nullable or call.arguments[1].nullable
    is_null = f"{value.sql} IS NULL OR {separator} IS NULL"
    return Words(f"CASE WHEN {is_null} THEN NULL ELSE {sql} END", TEXT, nullable)


def _from_string(call: Call) -> Expression:
    call.expect(2, 3)
    text, separator = call.text(0), call.text(1)
    sql = (
        f"CASE WHEN {text} IS NULL THEN NULL WHEN {text} = '' THEN CAST([] AS VARCHAR[])"
        f" WHEN {separator} IS NULL THEN regexp_extract_all({text}, '(?s).')"
        f" WHEN {separator} = '' THEN [{text}] ELSE string_split({text}, {separator}) END"
    )
    if len(call.arguments) == 3:
        sql = f"list_transform({sql}, lambda element: nullif(element, {call.text(2)}))"
    return Words(sql, _TEXTS, call.arguments[0].nullable)


ARRAY_FUNCTIONS: Functions = {
    "array_length": _length,
    "array_upper": _length,
    "array_lower": _lower,
    "array_ndims": _dimensions,
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
