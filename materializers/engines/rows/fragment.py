"""Pieces of Python source, and the module that they become.

A fragment computes one value: `lines` come first, `value` is an expression over what they assign.
It reads columns (`c3`), parameters of lambdas (`p0`) and nothing else of other fragments, so that
it can stand anywhere, and more than once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

INLINE_DEPTH_MAX = 12
INDENT_MAX = 40
"""Python's own bounds are 200 parentheses and 100 indentations."""

_ATOM = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Indented:
    """Lines that stand further to the right."""

    lines: Lines


Lines = tuple["str | Indented | Lines", ...]
"""Lines of source, nested as it was put together."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """`depth`: of the expression, `indent`: of the lines; `reads`: columns and parameters."""

    value: str
    nullable: bool
    lines: Lines = ()
    reads: frozenset[str] = frozenset()
    depth: int = 0
    indent: int = 0

    @property
    def is_atom(self) -> bool:
        """Whether the value costs and changes nothing when it is written again."""
        return _ATOM.fullmatch(self.value) is not None


def listed(*parts: Any) -> Lines:
    """Lines, and lines of lines, behind each other."""
    return tuple(part for part in parts if part)


def assigned(name: str, part: Fragment) -> Lines:
    """The lines that leave its value in a variable."""
    return listed(part.lines, f"{name} = {part.value}")


def _flattened(lines: Lines) -> list[str]:
    """Line by line. They may be nested more deeply than Python's stack."""
    found: list[str] = []
    waiting: list[tuple[str, Any]] = [("", lines)]
    while waiting:
        margin, part = waiting.pop()
        if isinstance(part, str):
            found.append(margin + part)
        elif isinstance(part, Indented):
            waiting.append((margin + " ", part.lines))
        else:
            waiting += [(margin, each) for each in reversed(part)]
    return found


def reads_of(parts: Iterable[Fragment]) -> frozenset[str]:
    """What some fragments read together."""
    return frozenset().union(*(part.reads for part in parts))


class Module:
    """The source under way: objects it refers to, and functions that were taken out of it."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.functions: list[str] = []
        self._known: dict[int, str] = {}
        self._made = 0

    def fresh(self, letter: str = "t") -> str:
        """A name that nothing else has."""
        self._made += 1
        return f"{letter}{self._made}"

    def bind(self, value: Any) -> str:
        """The name under which the source finds an object."""
        name = self._known.get(id(value))
        if name is None:
            name = self._known[id(value)] = self.fresh("k")
            self.names[name] = value
        return name

    def atom(self, part: Fragment) -> Fragment:
        """The same value in a variable, or a name already."""
        if part.is_atom:
            return part
        name = self.fresh()
        return replace(part, value=name, depth=0, lines=assigned(name, part))

    def in_order(self, parts: Sequence[Fragment]) -> list[Fragment]:
        """The same, each worked out before the lines of those behind it: the first that fails is
        the one whose error shows."""
        last = max((place for place, part in enumerate(parts) if part.lines), default=0)
        return [self.atom(part) if place < last else part for place, part in enumerate(parts)]

    def shallow(self, part: Fragment) -> Fragment:
        """The same with an expression that may stand within others."""
        return self.atom(part) if part.depth >= INLINE_DEPTH_MAX else part

    def flat(self, part: Fragment) -> Fragment:
        """The same with lines that may be indented further."""
        return self.outlined(part) if part.indent >= INDENT_MAX else part

    def outlined(self, part: Fragment) -> Fragment:
        """The same as a call of a function of its own."""
        names = ", ".join(("r", *sorted(p for p in part.reads if p[0] == "p")))
        name = self.fresh("f")
        self.function(name, names, part.reads, listed(part.lines, f"return {part.value}"))
        return Fragment(f"{name}({names})", part.nullable, (), part.reads, 1)

    def function(self, name: str, parameters: str, reads: Iterable[str], body: Lines) -> None:
        """Define a function that reads columns of the row `r`."""
        columns = sorted(each for each in reads if each[0] == "c")
        loads = tuple(f"{each} = r[{each[1:]}]" for each in columns)
        self.functions += _flattened((f"def {name}({parameters}):", Indented((loads, body))))

    def load(self, name: str) -> Any:
        """Compile all functions and give the one of this name."""
        code = compile("\n".join(self.functions), "<rows>", "exec")
        exec(code, self.names)  # the source is made here, from nodes alone
        return self.names[name]
