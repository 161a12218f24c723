"""Replaces quoted names in SQL, in one pass; string literals stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)\"""")


def replace_names(sql: str, names: Mapping[str, str], shown: Callable[[str], str] = str) -> str:
    """SQL with quoted names replaced; `shown`: the text that replaces a name."""

    def replaced(match: re.Match[str]) -> str:
        name = _named(match)
        return match[0] if name is None or name not in names else shown(names[name])

    return _QUOTED.sub(replaced, sql)


def _named(match: re.Match[str]) -> str | None:
    """The quoted name; None for a string literal."""
    quoted: str | None = match[1]
    return quoted.replace('""', '"') if quoted is not None else None
