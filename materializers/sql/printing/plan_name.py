"""Names of a plan's columns, as they would be written.

In a plan a column is called `alias.name`, where both may bear a number behind `~` or `#` that makes
them unique, and where the planner's own entries of FROM have aliases that are keywords.
"""

from __future__ import annotations

import re

_OURS = frozenset(
    {
        "select", "group", "window", "single", "first", "ties", "union", "values", "lateral",
        "facts", "mark", "one", "using", "subquery", "domain",
    }
)  # fmt: skip
"""What the planner calls its own entries of FROM."""
_NUMBERED = re.compile(r"(?:\d+\.)?(.+)", re.DOTALL)
_NAMELESS = re.compile(r"[a-z]\d+|\d+|order\d+|value|rows|\?column\?|#.*")


def base(alias: str) -> str:
    """An alias without what makes it unique."""
    return alias.partition("~")[0]


def given(name: str) -> str:
    """What the user calls it; empty where the planner alone has a name for it."""
    alias, dot, rest = name.partition(".")
    if not dot:
        return "" if alias.startswith("#") or re.fullmatch(r"c#\d+", alias) else alias
    if base(alias) not in _OURS and not alias.startswith("#"):
        return f"{base(alias)}.{_own(rest)}"
    found = _NUMBERED.fullmatch(rest)
    own = _own(found[1]) if found else ""
    return "" if _NAMELESS.fullmatch(own) else own


def readable(name: str) -> str:
    """What the user calls it, else the end of its name in the plan."""
    return given(name) or _own(name.rpartition(".")[2]).lstrip("#") or name


def of_recursion(name: str) -> str:
    """The name of a recursive query."""
    return base(name.removeprefix("recursive~"))


def _own(name: str) -> str:
    return re.sub(r"(?:[~#@][\d']*)+$", "", name) or name
