"""Arrays of several dimensions and of any bounds, which are held as PostgreSQL's texts (manual,
"Arrays"; array_userfuncs.c, arrayfuncs.c)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from materializers.engines.rows.arrays.array_shape import Bounds, bounds_of
from materializers.engines.rows.arrays.array_text import array_output, shown_member
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.meaning import Chosen, Function, Lenient, Meanings
from materializers.engines.rows.type_io import input_of, output_of
from materializers.engines.rows.values import Value
from materializers.sql.types.expression import Apply

_MEMBER = re.compile(r'"((?:[^"\\]|\\.)*)"|([^{},"]+)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNLIKE = "multidimensional arrays must have array expressions with matching dimensions"
_INCOMPATIBLE = "cannot concatenate incompatible arrays"


@dataclass(frozen=True, slots=True)
class Grid:
    """`members`: texts in the order of storage, the last dimension's first; an array without
    members has no bounds."""

    bounds: Bounds
    members: list[str | None]

    @classmethod
    def read(cls, text: str) -> Grid:
        """Of an output function's text."""
        bounds = bounds_of(text)
        if not bounds:
            return cls([], [])
        _, _, shown = text.partition("=") if text.startswith("[") else ("", "", text)
        return cls(bounds, [_member(*groups) for groups in _MEMBER.findall(shown)])

    @property
    def lengths(self) -> list[int]:
        return [high - low + 1 for low, high in self.bounds]

    def text(self) -> str:
        """What the output function writes."""
        if not self.members:
            return "{}"
        parts = ["NULL" if each is None else shown_member(each) for each in self.members]
        for length in reversed(self.lengths):
            starts = range(0, len(parts), length)
            parts = [f"{{{','.join(parts[start : start + length])}}}" for start in starts]
        if all(low == 1 for low, _ in self.bounds):
            return parts[0]
        return "".join(f"[{low}:{high}]" for low, high in self.bounds) + f"={parts[0]}"

    def place(self, subscripts: tuple[int, ...]) -> int:
        """Where the member of these subscripts is stored."""
        position = 0
        for subscript, (low, high) in zip(subscripts, self.bounds, strict=True):
            position = position * (high - low + 1) + subscript - low
        return position


def _member(quoted: str, bare: str) -> str | None:
    if bare:
        return None if bare == "NULL" else bare
    return _ESCAPED.sub(r"\1", quoted)


def _subscript(node: Apply) -> Function:
    """NULL for a place that there is not, and for as many subscripts as there are no dimensions."""
    read = input_of(node.type)

    def subscript(text: str, *places: int) -> Value:
        grid = Grid.read(text)
        if len(places) != len(grid.bounds):
            return None
        for place, (low, high) in zip(places, grid.bounds, strict=True):
            if not low <= place <= high:
                return None
        member = grid.members[grid.place(places)]
        return None if member is None else read(member)

    return subscript


def _slice(node: Apply) -> Function:
    """`options`: for each dimension, which of its two bounds are among the arguments."""
    given_of = [str(option) for option in node.options]

    def part(text: str, *given: int) -> str:
        grid, bounds = Grid.read(text), iter(given)
        if len(given_of) > len(grid.bounds):
            return "{}"
        ranges = []
        for place, (low, high) in enumerate(grid.bounds):
            named = given_of[place] if place < len(given_of) else ""
            start = max(next(bounds), low) if "l" in named else low
            end = min(next(bounds), high) if "h" in named else high
            ranges.append(range(start, end + 1))
        members = [grid.members[grid.place(each)] for each in product(*ranges)]
        return Grid([(1, len(each)) for each in ranges], members).text()

    return part


def _elements(node: Apply) -> Function:
    kind = node.type.element
    assert kind is not None
    read = input_of(kind)
    return lambda text: tuple([m if m is None else read(m) for m in Grid.read(text).members])


def _of_list(node: Apply) -> Function:
    kind = node.arguments[0].type.element
    assert kind is not None
    return array_output(output_of(kind))


def _of_grids(*texts: str | None) -> str:
    """`ARRAY[a, b]` of arrays."""
    grids = [Grid([], []) if text is None else Grid.read(text) for text in texts]
    inner = grids[0].bounds
    if any(each.bounds != inner for each in grids):
        raise EvaluationError(_UNLIKE)
    if not inner:
        return "{}"
    members = [member for each in grids for member in each.members]
    return Grid([(1, len(grids)), *inner], members).text()


def _concatenate(one: str | None, two: str | None) -> str | None:
    if one is None or two is None:
        return two if one is None else one
    left, right = Grid.read(one), Grid.read(two)
    if not left.bounds or not right.bounds:
        return one if left.bounds or not right.bounds else two
    outer = left if len(left.bounds) >= len(right.bounds) else right
    inner = outer.bounds[1:]
    for each in (left, right):
        if each.bounds[len(each.bounds) - len(inner) :] != inner:
            raise EvaluationError(_INCOMPATIBLE)
        if len(each.bounds) not in (len(inner), len(inner) + 1):
            raise EvaluationError(_INCOMPATIBLE)
    low = outer.bounds[0][0]
    members = left.members + right.members
    count = len(members)
    for length in outer.lengths[1:]:
        count //= length
    return Grid([(low, low + count - 1), *inner], members).text()


def _size(node: Apply) -> Function:
    answers: dict[str, Callable[[int, int], int]] = {
        "array_length": lambda low, high: high - low + 1,
        "array_lower": lambda low, high: low,
        "array_upper": lambda low, high: high,
    }
    answer = answers[str(node.options[0])]

    def size(text: str, dimension: int) -> int | None:
        bounds = bounds_of(text)
        return answer(*bounds[dimension - 1]) if 1 <= dimension <= len(bounds) else None

    return size


def _subscripts(text: str, dimension: int, is_reversed: bool = False) -> tuple[Value, ...]:
    bounds = bounds_of(text)
    if not 1 <= dimension <= len(bounds):
        return ()
    low, high = bounds[dimension - 1]
    subscripts = tuple(range(low, high + 1))
    return subscripts[::-1] if is_reversed else subscripts


GRIDS: Meanings = {
    "grid subscript": Chosen(_subscript),
    "grid slice": Chosen(_slice),
    "grid elements": Chosen(_elements),
    "grid of list": Chosen(_of_list),
    "grid of": Lenient(_of_grids),
    "grid cat": Lenient(_concatenate),
    "grid size": Chosen(_size),
    "grid subscripts": _subscripts,
}
