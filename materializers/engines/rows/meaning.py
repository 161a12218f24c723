"""How the meaning of a function or operator is declared.

A plain Python function of values is strict: where an argument is NULL the answer is NULL, and the
function is not called. `Chosen` picks a function, or Python source, from a node once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from materializers.sql.types.expression import Apply

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Source:
    """An expression in Python. `{0}`, `{1}`, … stand for the arguments, which may be written
    repeatedly, `{t}` for a variable of its own, other names for the objects of `uses`."""

    text: str
    uses: Mapping[str, Any] = field(default_factory=dict)


Said = Function | Source
"""A call of a function, or an expression in its place."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """`choose` says how the values of one node are found. `is_strict`: whether NULL for an argument
    is NULL for the answer; else it gets None."""

    choose: Callable[[Apply], Said]
    is_strict: bool = True


@dataclass(frozen=True, slots=True)
class Lenient:
    """A function that gets None for NULL."""

    function: Function


Meaning = Function | Chosen | Lenient

Meanings = Mapping[str, Meaning]
"""By the name of an `Apply`."""

NO_MEANINGS: Meanings = MappingProxyType({})


def source(text: str) -> Chosen:
    """A strict expression in Python."""
    return Chosen(lambda node: Source(text))


def lenient_source(text: str) -> Chosen:
    """An expression in Python that knows what to do with None."""
    return Chosen(lambda node: Source(text), is_strict=False)
