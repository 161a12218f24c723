"""The quoted names in SQL, found and exchanged in one pass; string literals stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)\"""")


def quoted_names(sql: str) -> Iterator[str]:
    """Every quoted name, as often as it stands there."""
    for match in _QUOTED.finditer(sql):
        if (name := _named(match)) is not None:
            yield name


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
