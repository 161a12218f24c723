"""JSON read and written (manual, "JSON Types"; json.c, jsonb.c).

A jsonb value is its text in PostgreSQL's form. Where its members are needed it is parsed into None,
bool, Decimal, str, list and dict.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from json.decoder import scanstring  # type: ignore[attr-defined]
from json.encoder import encode_basestring
from typing import Any

import orjson

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.numbers.number_text import numeric_input

Json = Any
_SPACES = " \t\n\r"

string: Callable[[str], str] = encode_basestring
"""A text as a JSON string."""


def _refuse_word(word: str) -> Json:
    raise ValueError(word)


def _number(text: str) -> Decimal:
    return numeric_input(text)


_DECODER = json.JSONDecoder(parse_float=_number, parse_int=_number, parse_constant=_refuse_word)
_SKIPPER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse_word)
_NUMBERLESS = json.JSONDecoder(
    parse_float=lambda text: 0, parse_int=lambda text: 0, parse_constant=_refuse_word
)
_skip: Callable[[str, int], tuple[Json, int]] = _SKIPPER.scan_once  # type: ignore[attr-defined]


def load(text: str) -> Json:
    """Parse a text that is known to be JSON."""
    return _DECODER.decode(text)


def load_quickly(text: str) -> Json:
    """Parse a text that is known to be JSON, with unusable numbers."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # the fast parser accepts neither surrogates nor numbers out of a double's range
        return _NUMBERLESS.decode(text)


def dump(value: Json) -> str:
    """A value in jsonb's text: keys by length, then by bytes; a space after `:` and `,`."""
    if isinstance(value, str):
        return string(value)
    if isinstance(value, dict):
        names = sorted(value, key=_key_order) if len(value) > 1 else value
        return "{" + ", ".join([f"{string(n)}: {dump(value[n])}" for n in names]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join([dump(each) for each in value]) + "]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "null" if value is None else "true" if value else "false"


def _key_order(name: str) -> tuple[int, bytes]:
    encoded = name.encode()
    return len(encoded), encoded


def json_input(text: str) -> str:
    """Reads a json, which keeps the text as written."""
    return _checked(_as_it_is, text)


def jsonb_input(text: str) -> str:
    return _checked(_own_text, text)


def _own_text(text: str) -> str:
    """Reads a jsonb, into jsonb's form."""
    result = load(text)
    if "\\u" in text:
        _check_characters(result)
    return dump(result)


def _as_it_is(text: str) -> str:
    _SKIPPER.decode(text)
    return text


def _checked(read: Callable[[str], str], text: str) -> str:
    if text.strip(_SPACES) != text.strip():
        raise EvaluationError("invalid input syntax for type json")
    try:
        return read(text)
    except RecursionError:
        raise EvaluationError("stack depth limit exceeded") from None
    except ValueError:
        raise EvaluationError("invalid input syntax for type json") from None


def _check_characters(value: Json) -> None:
    """Refuse `\\u0000` and halves of surrogate pairs, which jsonb cannot represent."""
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, list):
        for each in value:
            _check_characters(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            check_text(name)
            _check_characters(each)


def checked_escapes(value: str) -> str:
    """The json; raises EvaluationError where a string is no valid text: PostgreSQL decodes all
    strings when it looks for a member."""
    if "\\u" in value:
        _check_characters(load(value))
    return value


def check_text(text: str) -> str:
    """A JSON string as text; raises EvaluationError for escapes that no text may contain."""
    if "\0" in text:
        raise EvaluationError("unsupported Unicode escape sequence")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise EvaluationError("invalid input syntax for type json") from None
    return text


def same(value: Json) -> Json:
    """An equality key for jsonb values; numbers compare by value and differ from booleans."""
    if isinstance(value, Decimal):
        return ("n", value)
    if isinstance(value, list):
        return ("a", *map(same, value))
    if isinstance(value, dict):
        return ("o", frozenset((name, same(each)) for name, each in value.items()))
    return value


# positions in a JSON text


def start_of(text: str) -> int:
    """The position of the value, after spaces."""
    place = 0
    while text[place] in _SPACES:
        place += 1
    return place


def members(text: str) -> Iterator[tuple[str, str]]:
    """(key, text) of each member of an object, as written."""
    place = _next(text, start_of(text) + 1)
    while text[place] != "}":
        name, place = scanstring(text, place + 1, True)
        place = _next(text, _next(text, place) + 1)
        _, end = _skip(text, place)
        yield name, text[place:end]
        place = _behind_comma(text, end)


def elements(text: str) -> Iterator[str]:
    """The text of each element of an array."""
    place = _next(text, start_of(text) + 1)
    while text[place] != "]":
        _, end = _skip(text, place)
        yield text[place:end]
        place = _behind_comma(text, end)


def _next(text: str, place: int) -> int:
    while text[place] in _SPACES:
        place += 1
    return place


def _behind_comma(text: str, place: int) -> int:
    place = _next(text, place)
    return _next(text, place + 1) if text[place] == "," else place


def text_of(value: str) -> str | None:
    """A JSON text as `->>` returns it: a string without quotes, NULL for null."""
    if value[0] == '"':
        result: str = scanstring(value, 1, True)[0]
        return check_text(result) if "\\u" in value else result
    return None if value == "null" else value
