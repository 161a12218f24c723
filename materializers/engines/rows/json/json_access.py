"""What stands within JSON: at a key, at a place, at the end of a path; its kind, length and keys
(manual, "JSON Functions and Operators"). Parts of a text are pieces of it, of json and jsonb."""

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
    """The last one of several members of one name."""
    if value[start_of(value)] != "{":
        return None
    found = None
    for name, text in members(value):
        if name == key:
            found = text
    return found


def at_place(value: str, place: int) -> str | None:
    """Counted from 0, or from the end below it."""
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
    """A scalar is the only element of itself."""
    if value[0] not in "{[":
        return value if place in (0, -1) else None
    return at_place(value, place)


def at_path(value: str, steps: Sequence[str]) -> str | None:
    """At the end of a path of keys, or places in arrays; the last end where keys come twice."""
    if not steps:
        return value
    step, first, found = steps[0], value[start_of(value)], None
    if first == "{":
        for name, text in members(value):
            if name == step and (end := at_path(text, steps[1:])) is not None:
                found = end
    elif first == "[" and _INDEX.fullmatch(step) and abs(counted(step.strip())) <= _INDEX_MAX:
        place = at_place(value, int(step))
        return None if place is None else at_path(place, steps[1:])
    return found


def _arrow(node: Apply) -> Callable[[str, Any], str | None]:
    source, step = (each.type for each in node.arguments)
    is_jsonb, is_text = source.name == "jsonb", node.type == TEXT
    if step.is_integer:
        find: Callable[[str, Any], str | None] = _jsonb_at_place if is_jsonb else at_place
        found = _as_text(find) if is_text else find
    else:
        found = text_at_key if is_text else at_key
    return found if is_jsonb else lambda value, at: found(checked_escapes(value), at)


def _as_text(find: Callable[[str, Any], str | None]) -> Callable[[str, Any], str | None]:
    def find_text(value: str, step: Any) -> str | None:
        found = find(value, step)
        return None if found is None else text_of(found)

    return find_text


def text_at_key(value: str, key: str) -> str | None:
    """As text; strings, which are asked for most, need no look at where they stand."""
    whole = load_quickly(value)
    found = whole.get(key) if isinstance(whole, dict) else None
    if found is None or isinstance(found, str):
        return found
    text = at_key(value, key)
    return None if text is None else text_of(text)


def _path(node: Apply) -> Callable[[str], str | None]:
    steps, is_text = [str(step) for step in node.options], node.type == TEXT
    is_json = node.arguments[0].type.name == "json"

    def find(value: str) -> str | None:
        found = at_path(checked_escapes(value) if is_json else value, steps)
        return text_of(found.strip(" \t\n\r")) if is_text and found is not None else found

    return find


# keys and kinds


def _has_key(value: str, key: str) -> bool:
    """Whether it is a key of the object, an element of the array, or the string itself."""
    found = load_quickly(value)
    return key == found if isinstance(found, str) else _holds(found, key)


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
    """A text that is equal where jsonb values are."""
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
        # An array contains a scalar (the manual's special exception)
        return any(same(each) == same(two) for each in one)
    return _is_within(two, one)


def _is_within(part: Json, whole: Json) -> bool:
    """In loops: each call of `any` would take of the stack."""
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
        "as compared": _key,
        "jsonb @>": _contains,
    }
)
