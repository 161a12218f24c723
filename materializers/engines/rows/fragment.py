"""Fragments of Python source, and the module that they are compiled into.

A fragment computes one value: first its `lines`, then the expression `value` over the variables
that they assign. It reads only columns (`c3`) and lambda parameters (`p0`), so it can be placed
anywhere, and repeatedly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

INLINE_DEPTH_MAX = 12
INDENT_MAX = 40
"""Python's limits are 200 parentheses and 100 indentations."""

_ATOM = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Indented:
    """Lines that are indented further."""

    lines: Lines


Lines = tuple["str | Indented | Lines", ...]
"""Lines of source, nested as they were composed."""


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
        """Whether `value` may be written repeatedly: it is a name or a constant."""
        return _ATOM.fullmatch(self.value) is not None


def listed(*parts: Any) -> Lines:
    """Concatenates lines and nested lines."""
    return tuple(part for part in parts if part)


def assigned(name: str, part: Fragment) -> Lines:
    """The lines that assign the fragment's value to a variable."""
    return listed(part.lines, f"{name} = {part.value}")


def _flattened(lines: Lines) -> list[str]:
    """The lines as text, without recursion: they may be nested more deeply than Python's stack."""
    result: list[str] = []
    waiting: list[tuple[str, Any]] = [("", lines)]
    while waiting:
        margin, part = waiting.pop()
        if isinstance(part, str):
            result.append(margin + part)
        elif isinstance(part, Indented):
            waiting.append((margin + " ", part.lines))
        else:
            waiting += [(margin, each) for each in reversed(part)]
    return result


def reads_of(parts: Iterable[Fragment]) -> frozenset[str]:
    """The columns and parameters that some fragments read."""
    return frozenset().union(*(part.reads for part in parts))


class Module:
    """The module being written: its functions, and the objects that they refer to."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.functions: list[str] = []
        self._known: dict[int, str] = {}
        self._made = 0

    def fresh(self, letter: str = "t") -> str:
        """A new name."""
        self._made += 1
        return f"{letter}{self._made}"

    def bind(self, value: Any) -> str:
        """Bind an object to a name, and return the name."""
        name = self._known.get(id(value))
        if name is None:
            name = self._known[id(value)] = self.fresh("k")
            self.names[name] = value
        return name

    def atom(self, part: Fragment) -> Fragment:
        """The fragment with its value in a variable, unless it is a name already."""
        if part.is_atom:
            return part
        name = self.fresh()
        return replace(part, value=name, depth=0, lines=assigned(name, part))

    def in_order(self, parts: Sequence[Fragment]) -> list[Fragment]:
        """The fragments, each computed before the next one's lines: the first that fails raises its
        error."""
        last = max((place for place, part in enumerate(parts) if part.lines), default=0)
        return [self.atom(part) if place < last else part for place, part in enumerate(parts)]

    def shallow(self, part: Fragment) -> Fragment:
        """The fragment with an expression shallow enough to be nested in others."""
        return self.atom(part) if part.depth >= INLINE_DEPTH_MAX else part

    def flat(self, part: Fragment) -> Fragment:
        """The fragment with lines shallow enough to be indented further."""
        return self.outlined(part) if part.indent >= INDENT_MAX else part

    def outlined(self, part: Fragment) -> Fragment:
        """The fragment as a call of a new function."""
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
        """Compile all functions, and return the one of this name."""
        code = compile("\n".join(self.functions), "<rows>", "exec")
        exec(code, self.names)  # the source is generated from nodes alone
        return self.names[name]
