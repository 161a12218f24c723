"""The shape of an array of several dimensions, which is stored as PostgreSQL's text."""

from __future__ import annotations

import re

from materializers.engines.rows.meaning import Chosen, Function, Meanings
from materializers.sql.types.expression import Apply

Bounds = list[tuple[int, int]]
"""Lower and upper bound of each dimension."""


def bounds_of(text: str) -> Bounds:
    """The bounds of an array; an empty one has none."""
    told, _, shown = text.partition("=") if text.startswith("[") else ("", "", text)
    written = [(int(low), int(high)) for low, high in re.findall(r"\[(-?\d+):(-?\d+)\]", told)]
    return written or [(1, length) for length in _lengths(shown)]


def _lengths(text: str) -> list[int]:
    """The number of members of the first list at each depth."""
    counts: list[int] = []
    depth, place, is_first = 0, 0, True
    while is_first and place < len(text):
        sign = text[place]
        if sign == "{":
            depth += 1
            if depth > len(counts):
                counts.append(1)
        elif sign == "}":
            depth -= 1
            is_first = depth > 0
        elif sign == '"':
            place += 1
            while text[place] != '"':
                place += 1 + (text[place] == "\\")
        elif sign == ",":
            counts[depth - 1] += 1
        place += 1
    return [] if text == "{}" else _each(counts)


def _each(counts: list[int]) -> list[int]:
    """The length of a dimension: the commas at its depth, plus one."""
    lengths, lists = [], 1
    for count in counts:
        lengths.append((count - 1) // lists + 1)
        lists *= lengths[-1]
    return lengths


def _shape(node: Apply) -> Function:
    name, place = str(node.options[0]), int(node.options[1])

    def one(text: str) -> int | None:
        bounds = bounds_of(text)
        if not 1 <= place <= len(bounds):
            return None
        low, high = bounds[place - 1]
        return {"array_length": high - low + 1, "array_lower": low}.get(name, high)

    def cardinality(text: str) -> int:
        bounds, members = bounds_of(text), 1
        for low, high in bounds:
            members *= high - low + 1
        return members if bounds else 0

    def dims(text: str) -> str | None:
        return "".join(f"[{low}:{high}]" for low, high in bounds_of(text)) or None

    whole: dict[str, Function] = {
        "array_ndims": lambda text: len(bounds_of(text)) or None,
        "array_dims": dims,
        "cardinality": cardinality,
    }
    return whole.get(name, one)


ARRAY_SHAPES: Meanings = {"array shape": Chosen(_shape)}
