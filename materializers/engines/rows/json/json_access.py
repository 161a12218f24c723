"""Access to JSON: the value at a key, an index or a path; type, length and keys (manual, "JSON
Functions and Operators"). A value's text is a slice of the JSON text, for json and jsonb."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from materializers.engines.rows.digits import counted
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.json.json_depth import all_within_depth
from materializers.engines.rows.json.json_value import (
    Json,
    checked_escapes,
    dump,
    elements,
    load,
    load_quickly,
    members,
    same,
    start_of,
    text_of,
)
from materializers.engines.rows.meaning import Chosen
from materializers.sql.types.expression import Apply
from materializers.sql.types.sql_type import TEXT

_KINDS = {"{": "object", "[": "array", '"': "string", "t": "boolean", "f": "boolean", "n": "null"}
_INDEX = re.compile(r"\s*[-+]?\d+", re.ASCII)
_INDEX_MAX = 2**31 - 1


def at_key(value: str, key: str) -> str | None:
    """The value at a key; of several members with one key, the last."""
    if value[start_of(value)] != "{":
        return None
    last = None
    for name, text in members(value):
        if name == key:
            last = text
    return last


def at_place(value: str, place: int) -> str | None:
    """The element at an index from 0; a negative one counts from the end."""
    if value[start_of(value)] != "[":
        return None
    if place >= 0:
        for number, text in enumerate(elements(value)):
            if number == place:
                return text
        return None
    listed = list(elements(value))
    return listed[place] if -place <= len(listed) else None


def _jsonb_at_place(value: str, place: int) -> str | None:
    """The same for jsonb, where a scalar is its own only element."""
    if value[0] not in "{[":
        return value if place in (0, -1) else None
    return at_place(value, place)


def at_path(value: str, steps: Sequence[str]) -> str | None:
    """The value at a path of keys and indexes; with repeated keys, the last one that exists."""
    if not steps:
        return value
    step, first, reached = steps[0], value[start_of(value)], None
    if first == "{":
        for name, text in members(value):
            if name == step and (end := at_path(text, steps[1:])) is not None:
                reached = end
    elif first == "[" and _INDEX.fullmatch(step) and abs(counted(step.strip())) <= _INDEX_MAX:
        place = at_place(value, int(step))
        return None if place is None else at_path(place, steps[1:])
    return reached


def _arrow(node: Apply) -> Callable[[str, Any], str | None]:
    source, step = (each.type for each in node.arguments)
    is_jsonb, is_text = source.name == "jsonb", node.type == TEXT
    if step.is_integer:
        find: Callable[[str, Any], str | None] = _jsonb_at_place if is_jsonb else at_place
        result = _as_text(find) if is_text else find
    else:
        result = text_at_key if is_text else at_key
    return result if is_jsonb else lambda value, at: result(checked_escapes(value), at)


def _as_text(find: Callable[[str, Any], str | None]) -> Callable[[str, Any], str | None]:
    def find_text(value: str, step: Any) -> str | None:
        result = find(value, step)
        return None if result is None else text_of(result)

    return find_text


def text_at_key(value: str, key: str) -> str | None:
    """The value at a key as text, with a fast way for strings."""
    whole = load_quickly(value)
    result = whole.get(key) if isinstance(whole, dict) else None
    if result is None or isinstance(result, str):
        return result
    text = at_key(value, key)
    return None if text is None else text_of(text)


def _path(node: Apply) -> Callable[[str], str | None]:
    steps, is_text = [str(step) for step in node.options], node.type == TEXT
    is_json = node.arguments[0].type.name == "json"

    def find(value: str) -> str | None:
        result = at_path(checked_escapes(value) if is_json else value, steps)
        return text_of(result.strip(" \t\n\r")) if is_text and result is not None else result

    return find


# keys and kinds


def _has_key(value: str, key: str) -> bool:
    """`?`: whether it is a key of the object, an element of the array, or the string itself."""
    result = load_quickly(value)
    return key == result if isinstance(result, str) else _holds(result, key)


def _holds(value: Json, key: str) -> bool:
    if isinstance(value, list):
        return any(isinstance(each, str) and each == key for each in value)
    return isinstance(value, dict) and key in value


def _has_any(value: str, keys: tuple[str | None, ...]) -> bool:
    return any(_has_key(value, key) for key in keys if key is not None)


def _has_all(value: str, keys: tuple[str | None, ...]) -> bool:
    return all(_has_key(value, key) for key in keys if key is not None)


def _typeof(value: str) -> str:
    return _KINDS.get(value[start_of(value)], "number")


def _length(value: str) -> int:
    first = value[start_of(value)]
    if first != "[":
        what = "non-array" if first == "{" else "scalar"
        raise EvaluationError(f"cannot get array length of a {what}")
    return sum(1 for _ in elements(value))


# comparisons


def _key(value: str) -> str:
    """A text that is equal for equal jsonb values."""
    return dump(_without_zeros(load(value)))


def _without_zeros(value: Json) -> Json:
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return Decimal(text.rstrip("0").rstrip(".")) if "." in text else value
    if isinstance(value, list):
        return [_without_zeros(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_zeros(each) for name, each in value.items()}
    return value


def _contains(whole: str, part: str) -> bool:
    one, two = load(whole), load(part)
    if isinstance(one, list) and not isinstance(two, (list, dict)):
        # an array contains a scalar (the manual's special exception)
        return any(same(each) == same(two) for each in one)
    return _is_within(two, one)


def _is_within(part: Json, whole: Json) -> bool:
    """Whether an element contains the value; a loop, because `any` would use more stack."""
    if isinstance(part, dict):
        if not isinstance(whole, dict) or not part.keys() <= whole.keys():
            return False
        for name, each in part.items():
            if not _is_within(each, whole[name]):
                return False
        return True
    if isinstance(part, list):
        if not isinstance(whole, list):
            return False
        for each in part:
            if not _is_in_array(each, whole):
                return False
        return True
    return bool(same(part) == same(whole))


def _is_in_array(part: Json, whole: list[Json]) -> bool:
    for each in whole:
        if _is_within(part, each):
            return True
    return False


JSON_ACCESS = all_within_depth(
    {
        "->": Chosen(_arrow),
        "->>": Chosen(_arrow),
        "#>": Chosen(_path),
        "#>>": Chosen(_path),
        "?": _has_key,
        "?|": _has_any,
        "?&": _has_all,
        "json_typeof": _typeof,
        "jsonb_typeof": _typeof,
        "json_array_length": _length,
        "jsonb_array_length": _length,
        "json key": _key,
        "jsonb @>": _contains,
    }
)
