"""Texts of arrays of several dimensions: `{{1,2},{3,NULL}}`, `[0:1]={1,2}` (manual, "Array Input
and Output Syntax")."""

from __future__ import annotations

import re
from typing import Any

from materializers.sql.types.constant_text import InvalidInput

_BOUNDS = re.compile(r"\s*((?:\[[-+]?\d+:[-+]?\d+\])+)\s*=\s*")
_BOUND = re.compile(r"\[([-+]?\d+):([-+]?\d+)\]")
_PIECE = re.compile(
    r'\s*(?:([{},])|"((?:[^"\\]|\\.)*)"|([^",{}\s\\](?:[^",{}\\]*[^",{}\s\\])?))\s*', re.S
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BARE = re.compile(r'[^\s"\\{},]+')
_DIMENSIONS_MAX = 6
_WHOLE = ("smallint", "integer", "bigint")

Nested = list[Any]
"""Nested lists of texts, None for NULL."""


def canonical_array(text: str, element: str) -> str:
    """A constant in PostgreSQL's output form. Raises InvalidInput where it is not known to be an
    array of such elements."""
    bounds, place = _BOUNDS.match(text), 0
    if bounds is not None:
        place = bounds.end()
    nested, place = _read(text, place)
    if place != len(text):
        raise _malformed(text)
    lengths = _lengths(nested, text)
    starts = [int(low) for low, _ in _BOUND.findall(bounds[1])] if bounds else [1] * len(lengths)
    if (
        bounds is not None
        and [int(high) - int(low) + 1 for low, high in _BOUND.findall(bounds[1])] != lengths
    ):
        raise _malformed(text)
    shown = _written(nested, element, text)
    if all(start == 1 for start in starts):
        return shown
    pairs = zip(starts, lengths, strict=True)
    return "".join(f"[{low}:{low + length - 1}]" for low, length in pairs) + f"={shown}"


def _malformed(text: str) -> InvalidInput:
    return InvalidInput(f'malformed array literal: "{text}"')


def _read(text: str, place: int) -> tuple[Nested, int]:
    """The list that begins at a position, and the position after it."""
    piece, members, is_wanted = _PIECE.match(text, place), Nested(), True
    if piece is None or piece[1] != "{":
        raise _malformed(text)
    place = piece.end()
    while (piece := _PIECE.match(text, place)) is not None:
        if piece[1] == "}" and (not is_wanted or not members):
            return members, piece.end()
        if is_wanted is (piece[1] == ","):
            raise _malformed(text)
        if piece[1] == "{":
            inner, place = _read(text, place)
            members.append(inner)
        else:
            if piece[1] is None:
                members.append(_value(piece))
            place = piece.end()
        is_wanted = piece[1] == ","
    raise _malformed(text)


def _value(match: re.Match[str]) -> str | None:
    if match[2] is not None:
        return _ESCAPED.sub(r"\1", match[2])
    return None if match[3].upper() == "NULL" else match[3]


def _lengths(nested: Nested, text: str) -> list[int]:
    """The length of each dimension; no dimension for an empty array."""
    lengths, level = list[int](), [nested]
    while level and any(level):
        sizes = {len(each) for each in level}
        members = [member for each in level for member in each]
        is_list = {isinstance(member, list) for member in members}
        if len(sizes) > 1 or len(is_list) > 1 or len(lengths) == _DIMENSIONS_MAX:
            raise _malformed(text)
        lengths.append(sizes.pop())
        level = members if True in is_list else []
    if level and lengths:
        raise _malformed(text)
    return lengths


def _written(nested: Nested, element: str, text: str) -> str:
    members = [
        _written(each, element, text)
        if isinstance(each, list)
        else "NULL"
        if each is None
        else _element(each, element)
        for each in nested
    ]
    return "{" + ",".join(members) + "}"


def _element(text: str, element: str) -> str:
    if element in _WHOLE:
        if not re.fullmatch(r"\s*[-+]?\d+\s*", text):
            raise InvalidInput(f'invalid input syntax for type {element}: "{text}"')
        return str(int(text))
    if element not in ("text", "character varying"):
        raise InvalidInput(f"a constant of several dimensions of {element} is not supported")
    if _BARE.fullmatch(text) and text.upper() != "NULL":
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
