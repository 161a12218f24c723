"""The quoted names in SQL, exchanged in one pass; string literals stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)\"""")


def replace_names(sql: str, names: Mapping[str, str], shown: Callable[[str], str] = str) -> str:
    """SQL with quoted names exchanged; `shown` makes what stands in a name's place."""

    def replaced(match: re.Match[str]) -> str:
        name = _named(match)
        return match[0] if name is None or name not in names else shown(names[name])

    return _QUOTED.sub(replaced, sql)


def _named(match: re.Match[str]) -> str | None:
    """The name that is quoted there; None for a string literal."""
    quoted: str | None = match[1]
    return quoted.replace('""', '"') if quoted is not None else None
