"""Text functions (manual, "String Functions and Operators"; varlena.c, oracle_compat.c)."""

from __future__ import annotations

import hashlib
from unicodedata import category

from materializers.engines.rows.failure import EvaluationError, out_of_range
from materializers.engines.rows.meaning import Lenient, Meanings, source
from materializers.engines.rows.texts.letters import lower, lowered, raised, upper

ALLOCATION_BYTES_MAX = 2**30 - 1
INTEGER_MAX = 2**31 - 1
_CHARACTER_BYTES = 4
_HEADER_BYTES = 4
_WORD_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "Mc"})
_NEGATIVE = "negative substring length not allowed"


def initcap(text: str) -> str:
    """initcap(): words are runs of letters and decimal digits. A combining mark ends a word,
    except, as in the C library, in scripts without upper case."""
    result, is_inside = [], False
    for sign in text:
        result.append(lowered(sign) if is_inside else raised(sign))
        is_inside = sign.isalnum() if sign.isascii() else category(sign) in _WORD_CATEGORIES
    return "".join(result)


def _checked_size(size: int) -> None:
    if size + _HEADER_BYTES > ALLOCATION_BYTES_MAX:
        raise EvaluationError("requested length too large")


def replace(text: str, old: str, new: str) -> str:
    return text.replace(old, new) if old else text


def repeat(text: str, count: int) -> str:
    _checked_size(len(text.encode()) * max(count, 0))
    return text * count


def _substring(text: str, start: int, length: int | None = None) -> str:
    """substr() from a position counted from 1; positions before it reduce the length."""
    if length is None:
        return text[max(start - 1, 0) :]
    if length < 0:
        raise EvaluationError(_NEGATIVE)
    return text[max(start - 1, 0) : max(start - 1 + length, 0)]


def overlay(text: str, new: str, start: int, length: int | None = None) -> str:
    if start <= 0:
        raise EvaluationError(_NEGATIVE)
    end = start + (len(new) if length is None else length)
    if end > INTEGER_MAX:
        raise out_of_range("integer")
    return text[: start - 1] + new + text[max(end - 1, 0) :]


def _right(text: str, count: int) -> str:
    return text[max(len(text) - count, 0) :] if count > 0 else text[-count:] if count else ""


def _padding(text: str, width: int, fill: str) -> str:
    """The padding up to the width."""
    _checked_size(max(width, 0) * _CHARACTER_BYTES)
    missing = max(width - len(text), 0)
    return (fill * (missing // len(fill) + 1))[:missing] if fill else ""


def lpad(text: str, width: int, fill: str) -> str:
    return _padding(text, width, fill) + text[: max(width, 0)]


def rpad(text: str, width: int, fill: str) -> str:
    return text[: max(width, 0)] + _padding(text, width, fill)


def split_part(text: str, separator: str, place: int) -> str:
    if place == 0:
        raise EvaluationError("field position must not be zero")
    parts = text.split(separator) if separator else [text]
    index = place - 1 if place > 0 else len(parts) + place
    return parts[index] if 0 <= index < len(parts) else ""


def translate(text: str, letters: str, others: str) -> str:
    """translate(): each character of `letters` becomes the one at its position in `others`, or
    nothing."""
    table: dict[int, str | None] = {}
    for place, letter in enumerate(letters):
        table.setdefault(ord(letter), others[place] if place < len(others) else None)
    return text.translate(table)


def concat(*texts: str | None) -> str:
    return "".join([text for text in texts if text is not None])


def concat_ws(separator: str | None, *texts: str | None) -> str | None:
    if separator is None:
        return None
    return separator.join([text for text in texts if text is not None])


def md5(value: str | bytes) -> str:
    data = value.encode() if isinstance(value, str) else value
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


TEXTS: Meanings = {
    "lower": lower,
    "upper": upper,
    "initcap": initcap,
    **dict.fromkeys(("length", "char_length", "character_length"), source("len({0})")),
    "reverse": source("{0}[::-1]"),
    "replace": replace,
    "repeat": repeat,
    "strpos": source("{0}.find({1}) + 1"),
    "starts_with": source("{0}.startswith({1})"),
    "md5": md5,
    **dict.fromkeys(("trim", "btrim"), source("{0}.strip({1})")),
    "ltrim": source("{0}.lstrip({1})"),
    "rtrim": source("{0}.rstrip({1})"),
    "substring": _substring,
    "overlay": overlay,
    "left": source("{0}[:{1}]"),
    "right": _right,
    "lpad": lpad,
    "rpad": rpad,
    "split_part": split_part,
    "translate": translate,
    "concat": Lenient(concat),
    "concat_ws": Lenient(concat_ws),
}
