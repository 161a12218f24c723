"""Declares the meaning of a function or operator.

A plain Python function is strict: if an argument is NULL, the result is NULL and the function is
not called. `Chosen` picks a function, or Python source, for a node when it is compiled.
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
    """A Python expression. `{0}`, `{1}`, …: the arguments, which may be repeated; `{t}`: a new
    variable; other names: objects of `uses`."""

    text: str
    uses: Mapping[str, Any] = field(default_factory=dict)


Said = Function | Source
"""A function to call, or an expression to inline."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """`choose`: returns the function or expression for a node. `is_strict`: the result is NULL if
    an argument is; else the function gets None."""

    choose: Callable[[Apply], Said]
    is_strict: bool = True


@dataclass(frozen=True, slots=True)
class Lenient:
    """A function that is called with None for NULL."""

    function: Function


Meaning = Function | Chosen | Lenient

Meanings = Mapping[str, Meaning]
"""By the name of an `Apply`."""

NO_MEANINGS: Meanings = MappingProxyType({})


def source(text: str) -> Chosen:
    """A strict Python expression."""
    return Chosen(lambda node: Source(text))


def lenient_source(text: str) -> Chosen:
    """A Python expression that handles None itself."""
    return Chosen(lambda node: Source(text), is_strict=False)
