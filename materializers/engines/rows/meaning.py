"""How the meaning of a function or operator is declared.

A plain Python function of values is strict: where an argument is NULL the answer is NULL, and the
function is not called. `Chosen` picks a function, or Python source, from a node once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from materializers.plan.types.expression import Apply

Function = Callable[..., Any]

Choice = Callable[[Apply], "Function | str"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """`choose` gives a function, or source of an expression: `{0}`, `{1}`, … stand for the
    arguments, which may be written repeatedly, `{t}` for a variable of its own.
    `is_strict`: whether NULL for an argument is NULL for the answer; else it gets None."""

    choose: Choice
    is_strict: bool = True


@dataclass(frozen=True, slots=True)
class Lenient:
    """A function that gets None for NULL."""

    function: Function


Meaning = Function | Chosen | Lenient

Meanings = Mapping[str, Meaning]
"""By the name of an `Apply`."""


def source(text: str) -> Chosen:
    """A strict expression in Python."""
    return Chosen(lambda node: text)


def lenient_source(text: str) -> Chosen:
    """An expression in Python that knows what to do with None."""
    return Chosen(lambda node: text, is_strict=False)
