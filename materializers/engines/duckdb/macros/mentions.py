"""How often SQL mentions a name once the macros in it are expanded, as DuckDB expands them when it
binds a statement: an argument is written anew wherever the macro's body names its parameter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from materializers.engines.duckdb.macros.install import EXPRESSION_MACROS

Mentions = Counter[str]
"""By name, quoted or not, as it is written; `SIZE` for all words of the expanded SQL."""
SIZE = ""

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![\w.])\w+|[()\[\]{},]""")
_HEAD = re.compile(r"MACRO (\w+)\(([^)]*)\) AS(.*)", re.DOTALL)


@cache
def _macros() -> dict[str, tuple[list[str], str]]:
    matches = [_HEAD.search(macro) for macro in EXPRESSION_MACROS]
    return {m[1]: ([p.strip() for p in m[2].split(",")], m[3]) for m in matches if m is not None}


@cache
def _of_macro(name: str) -> tuple[list[str], Mentions]:
    parameters, body = _macros()[name]
    return parameters, mentions(body)


def mentions(sql: str) -> Mentions:
    """What an expression's SQL mentions."""
    return _sum(_TOKEN.findall(sql))


def _sum(tokens: list[str]) -> Mentions:
    counts: Mentions = Counter()
    place = 0
    while place < len(tokens):
        token = tokens[place]
        place += 1
        if token in "()[]{},":
            continue
        if token in _macros() and tokens[place : place + 1] == ["("]:
            end = _closing(tokens, place)
            _add_call(counts, token, tokens[place + 1 : end])
            place = end + 1
            continue
        counts[token] += 1
        counts[SIZE] += 1
    return counts


def _add_call(counts: Mentions, name: str, tokens: list[str]) -> None:
    parameters, body = _of_macro(name)
    counts[SIZE] += body[SIZE]
    for parameter, argument in zip(parameters, _arguments(tokens), strict=False):
        times = body[parameter]
        for mentioned, count in _sum(argument).items():
            counts[mentioned] += times * count


def _closing(tokens: list[str], place: int) -> int:
    """Where the bracket that opens at a place is closed."""
    depth = 0
    for end in range(place, len(tokens)):
        depth += (tokens[end] in "([{") - (tokens[end] in ")]}")
        if depth == 0:
            return end
    return len(tokens)


def _arguments(tokens: list[str]) -> Iterator[list[str]]:
    depth, start = 0, 0
    for place, token in enumerate(tokens):
        depth += (token in "([{") - (token in ")]}")
        if token == "," and depth == 0:
            yield tokens[start:place]
            start = place + 1
    yield tokens[start:]
