"""The user's names of a plan's columns.

In a plan a column is named `alias.name`; both may have a suffix (`~` or `#` and a number) that
makes them unique. The planner's own entries of FROM have keywords as aliases.
"""

from __future__ import annotations

import re

_OURS = frozenset(
    {
        "select", "group", "window", "single", "first", "ties", "union", "values", "lateral",
        "facts", "mark", "equal", "one", "using", "subquery", "domain",
    }
)  # fmt: skip
"""Aliases of the planner's own entries of FROM."""
_NUMBERED = re.compile(r"(?:\d+\.)?(.+)", re.DOTALL)
_NAMELESS = re.compile(r"[a-z]\d+|\d+|order\d+|value|rows|\?column\?|#.*")


def base(alias: str) -> str:
    """An alias without its suffix."""
    return alias.partition("~")[0]


def given(name: str) -> str:
    """The user's name for a column; empty where only the planner named it."""
    alias, dot, rest = name.partition(".")
    if not dot:
        return "" if alias.startswith("#") or re.fullmatch(r"c#\d+", alias) else alias
    if base(alias) not in _OURS and not alias.startswith("#"):
        return f"{base(alias)}.{_own(rest)}"
    match = _NUMBERED.fullmatch(rest)
    own = _own(match[1]) if match else ""
    return "" if _NAMELESS.fullmatch(own) else own


def readable(name: str) -> str:
    """The user's name for a column, else the last part of its name in the plan."""
    return given(name) or _own(name.rpartition(".")[2]).lstrip("#") or name


def of_recursion(name: str) -> str:
    """The name of a recursive query."""
    return base(name.removeprefix("recursive~"))


def _own(name: str) -> str:
    return re.sub(r"(?:[~#@][\d']*)+$", "", name) or name
