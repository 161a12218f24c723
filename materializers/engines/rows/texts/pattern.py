"""LIKE and regular expressions (manual, "Pattern Matching").

PostgreSQL's regular expressions are translated to Python's `re`, as far as both mean the same
(`posix_pattern`). Where the choice among several matches matters, the planner accepts only patterns
that match in one way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from materializers.engines.rows.failure import EvaluationError, Unsupported
from materializers.engines.rows.meaning import Chosen, Function, Meanings
from materializers.engines.rows.texts.letters import lower
from materializers.sql.types.either_case import in_either_case
from materializers.sql.types.expression import Apply
from materializers.sql.types.posix_pattern import translated

_PATTERNS_KEPT = 1024

# LIKE


@lru_cache(maxsize=_PATTERNS_KEPT)
def _like_pattern(pattern: str, escape: str) -> re.Pattern[str] | None:
    """A LIKE pattern as a regular expression; None where it ends with a lone escape character."""
    parts, place = [], 0
    while place < len(pattern):
        sign = pattern[place]
        place += 1
        if sign == escape:
            if place == len(pattern):
                return None
            parts.append(re.escape(pattern[place]))
            place += 1
        else:
            parts.append({"%": ".*", "_": "."}.get(sign) or re.escape(sign))
    return re.compile("".join(parts), re.DOTALL)


def _is_like(text: str, pattern: str, escape: str) -> bool:
    compiled = _like_pattern(pattern, escape)
    if compiled is not None:
        return compiled.fullmatch(text) is not None
    _reach_end(text, pattern, escape)
    return False


def _reach_end(text: str, pattern: str, escape: str) -> bool:
    """Match a pattern that ends with a lone escape character. As in PostgreSQL (like_match.c,
    MatchText), it is an error only if matching reaches it; returns whether the text ended
    before."""
    place = at = 0
    while place < len(text) and at < len(pattern):
        sign = pattern[at]
        if sign == "%" != escape:
            return _reach_end_behind_any(text[place:], pattern[at:].lstrip("%"), escape)
        if sign == escape:
            at += 1
            _check_escaped(pattern, at)
        if sign == escape or sign != "_":
            if pattern[at] != text[place]:
                return False
        place, at = place + 1, at + 1
    return place == len(text)


def _reach_end_behind_any(text: str, pattern: str, escape: str) -> bool:
    """The same after `%`."""
    while pattern[:1] in ("%", "_") and pattern[:1] != escape:
        if pattern[0] == "_":
            if not text:
                return True
            text = text[1:]
        pattern = pattern[1:]
    if pattern[0] == escape:
        _check_escaped(pattern, 1)
    return not text or any(_reach_end(text[place:], pattern, escape) for place in range(len(text)))


def _check_escaped(pattern: str, place: int) -> None:
    if place == len(pattern):
        raise EvaluationError("LIKE pattern must not end with escape character")


def _like(node: Apply) -> Callable[[str, str], bool]:
    (escape,) = map(str, node.options)
    is_wanted, is_blind = not node.name.startswith("not "), node.name.endswith("ilike")

    def like(text: str, pattern: str) -> bool:
        return _is_like(text, pattern, escape) is is_wanted

    def ilike(text: str, pattern: str) -> bool:
        return _is_like(lower(text), lower(pattern), escape) is is_wanted

    return ilike if is_blind else like


# regular expressions


@lru_cache(maxsize=_PATTERNS_KEPT)
def _compiled(pattern: str, *, is_blind: bool) -> re.Pattern[str]:
    """Compile a pattern; raises Unsupported where it may mean something else in Python."""
    written = translated(pattern)
    if written is None:
        raise Unsupported(f"the regular expression {pattern!r}")
    if is_blind:
        written = in_either_case(written)
    return re.compile(written.replace(r"\z", r"\Z"), re.DOTALL)


def _of(node: Apply, place: int = 0) -> re.Pattern[str]:
    """The pattern at an index of the node's options; its flags follow."""
    flags = str(node.options[place + 1]) if len(node.options) > place + 1 else ""
    return _compiled(str(node.options[place]), is_blind="i" in flags)


def _tests(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    search = pattern.search
    return lambda text: search(text) is not None


def _test(node: Apply) -> Function:
    return _tests(_compiled(str(node.options[0]), is_blind=node.name == "~*"))


def _groups(match: re.Match[str]) -> tuple[str | None, ...]:
    """The groups' texts; the entire match if there are no groups."""
    return match.groups() or (match[0],)


def _match(node: Apply) -> Callable[[str], tuple[str | None, ...] | None]:
    search = _of(node).search

    def match(text: str) -> tuple[str | None, ...] | None:
        match = search(text)
        return None if match is None else _groups(match)

    return match


def _all_matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """All matches from left to right; after an empty one the search continues at the next
    character."""
    place = 0
    while place <= len(text) and (match := pattern.search(text, place)) is not None:
        yield match
        place = match.end() + (match.start() == match.end())


def _matches(node: Apply) -> Callable[[str], tuple[tuple[str | None, ...], ...]]:
    pattern, is_global = _of(node), "g" in str(node.options[1])

    def matches(text: str) -> tuple[tuple[str | None, ...], ...]:
        if is_global:
            return tuple([_groups(match) for match in _all_matches(pattern, text)])
        match = pattern.search(text)
        return () if match is None else (_groups(match),)

    return matches


def _substr(node: Apply) -> Callable[[str], str | None]:
    pattern, group = node.options
    search = _compiled(str(pattern), is_blind=False).search

    def substr(text: str) -> str | None:
        match = search(text)
        return None if match is None else match[group]

    return substr


def _instr(node: Apply) -> Callable[[str], int]:
    search = _of(node).search

    def instr(text: str) -> int:
        match = search(text)
        return 0 if match is None else match.start() + 1

    return instr


def _count(node: Apply) -> Callable[[str], int]:
    pattern = _of(node)
    return lambda text: sum(1 for _ in _all_matches(pattern, text))


def _split(node: Apply) -> Callable[[str], tuple[str, ...]]:
    pattern = _of(node)

    def split(text: str) -> tuple[str, ...]:
        parts, place = [], 0
        for match in _all_matches(pattern, text):
            # an empty match at the end of the text, or of the previous match, does not split
            if match.start() < len(text) and match.end() > place:
                parts.append(text[place : match.start()])
                place = match.end()
        return (*parts, text[place:])

    return split


def _replace(node: Apply) -> Callable[[str], str]:
    written, flags, new = map(str, node.options)
    pattern = _compiled(written, is_blind="i" in flags)
    parts = re.findall(r"\\[1-9&\\]|[^\\]+|\\", new)

    def replaced(match: re.Match[str]) -> str:
        return "".join([_replacement(part, match) for part in parts])

    def replace(text: str) -> str:
        kept, place = [], 0
        for match in _all_matches(pattern, text):
            kept += [text[place : match.start()], replaced(match)]
            place = match.end()
            if "g" not in flags:
                break
        return "".join([*kept, text[place:]])

    return replace


def _replacement(part: str, match: re.Match[str]) -> str:
    if part == r"\&":
        return match[0]
    if part == r"\\":
        return "\\"
    if part[0] == "\\" and len(part) > 1:
        return match[int(part[1])] or ""
    return part


PATTERNS: Meanings = {
    **dict.fromkeys(("like", "ilike", "not like", "not ilike"), Chosen(_like)),
    "~": Chosen(_test),
    "~*": Chosen(_test),
    "regexp_like": Chosen(lambda node: _tests(_of(node))),
    "regexp_match": Chosen(_match),
    "regexp_matches": Chosen(_matches),
    "regexp_substr": Chosen(_substr),
    "regexp_count": Chosen(_count),
    "regexp_instr": Chosen(_instr),
    "regexp_split_to_array": Chosen(_split),
    "regexp_replace": Chosen(_replace),
}
