"""Translates PostgreSQL's regular expressions (manual, "POSIX Regular Expressions") to RE2's.

A piece that may mean something else in RE2 is refused. The engines still choose different matches
(PostgreSQL the longest, RE2 the first one it tries). So a pattern whose alternatives or quantifiers
could show the difference may only be used to test whether there is a match.
"""

from __future__ import annotations

import re
from functools import lru_cache

from materializers.sql.types.one_way_pattern import absent_groups

_PIECE = re.compile(
    r"(?P<class>\[\^?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*\])"
    r"|(?P<bound>\{\d+(?:,\d*)?\}\??)"
    r"|(?P<group>\((?:\?:)?|\))"
    r"|(?P<quantifier>[*+?]\??)"
    r"|(?P<escape>\\.)"
    r"|(?P<plain>[^\\()\[\]{}*+?])",
    re.DOTALL,
)
_SPACES = r"\t\n\v\f\r " + "\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000"
"""The C library's spaces: Unicode's, without the no-break ones."""
_ESCAPES = {
    r"\d": "[0-9]", r"\D": "[^0-9]", r"\s": f"[{_SPACES}]", r"\S": f"[^{_SPACES}]",
    r"\A": r"\A", r"\Z": r"\z", r"\n": r"\n", r"\t": r"\t", r"\r": r"\r",
}  # fmt: skip
_UNREPEATABLE = ("^", "$", r"\A", r"\Z", "|", "(", "(?:")
"""Pieces that no quantifier may follow; a pattern may not begin with a quantifier either."""
_REPEATED_MAX = 255
_NOT_PLAIN = re.compile(r"\\.|\[\^?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_INNERMOST = re.compile(r"\((?:\?:)?([^()]*)\)")
_PLAIN = re.compile(r"[a-z0-9_ @#%&=,;/'\"<>!~-]+")
_CLASS_MEMBER = re.compile(r"\[:[a-z]+:\]|\\.|.", re.DOTALL)
_CLASS_ESCAPES = {r"\d": "0-9", r"\s": _SPACES, r"\n": r"\n", r"\t": r"\t", r"\r": r"\r"}
_CLASSES = {
    "[:digit:]": "0-9", "[:space:]": _SPACES, "[:blank:]": r"\t ",
    "[:xdigit:]": "0-9A-Fa-f",
}  # fmt: skip


@lru_cache(maxsize=1024)
def translated(pattern: str) -> str | None:
    """The pattern in RE2's syntax; None where the two may differ, and for an invalid pattern."""
    if pattern.startswith("***") or re.match(r"\(\?[^:]", pattern):
        return None
    place, parts, is_repeatable = 0, list[str](), False
    while place < len(pattern):
        piece = _PIECE.match(pattern, place)
        if piece is None:
            return None
        is_quantifier = bool(piece["quantifier"] or piece["bound"])
        part = _piece(piece)
        if part is None or (is_quantifier and not is_repeatable):
            return None
        parts.append(part)
        place = piece.end()
        is_repeatable = not is_quantifier and piece[0] not in _UNREPEATABLE
    written = "".join(parts)
    try:
        _in_python(written)
    except re.error:
        return None
    return written


def _piece(match: re.Match[str]) -> str | None:
    text = match[0]
    if match["class"]:
        return _class(text)
    if match["bound"]:
        counts = [int(count) for count in re.findall(r"\d+", text)]
        return text if max(counts) <= _REPEATED_MAX else None
    if match["escape"]:
        if text[1].isalnum():
            return _ESCAPES.get(text)
        return text
    if text == "$":
        return r"\z"
    if match["plain"] and text not in ".^|":
        return re.escape(text) if text.isascii() and not text.isalnum() else text
    return text


def _class(text: str) -> str | None:
    is_negated, inner = text.startswith("[^"), text[2 if text.startswith("[^") else 1 : -1]
    members = _CLASS_MEMBER.findall(inner)
    parts = [_member(members, place) for place in range(len(members))]
    if None in parts:
        return None
    return f"[{'^' if is_negated else ''}{''.join(map(str, parts))}]"


def _member(members: list[str], place: int) -> str | None:
    """A member of a class; None where PostgreSQL refuses it or reads it as a class's name."""
    member, behind = members[place], members[place + 1 : place + 2]
    if member.startswith("[:"):
        return _CLASSES.get(member)
    if member == "[" and behind and behind[0] in (".", "=", ":"):
        return None
    if member == "-":
        return _range_sign(members, place)
    if member.startswith("\\"):
        is_known = not member[1].isalnum() or member in _CLASS_ESCAPES
        return _CLASS_ESCAPES.get(member, member) if is_known else None
    return "\\" + member if member in "[]&~|" else member


def _range_sign(members: list[str], place: int) -> str | None:
    """A `-`: a literal at either end of a class, else a range between two letters."""
    if place in (0, len(members) - 1):
        return r"\-"
    is_between = all(
        len(each) == 1 and each != "-" for each in (members[place - 1], members[place + 1])
    )
    is_second = place >= 3 and members[place - 2] == "-"
    return "-" if is_between and not is_second else None


def is_unambiguous(pattern: str) -> bool:
    """Whether RE2's first match is PostgreSQL's longest one: no lazy quantifier, no repeated or
    optional group, and no alternative that is a prefix of another; or the pattern is
    deterministic."""
    if not re.search(r"[*+?}]\?|\)[*+?{]", pattern) and _are_apart(pattern):
        return True
    written = translated(pattern)
    return written is not None and absent_groups(written) is not None


def optional_groups(pattern: str) -> frozenset[int]:
    """The groups of an unambiguous pattern that may not take part in a match; where they do, they
    are not empty."""
    return absent_groups(translated(pattern) or "") or frozenset()


def _are_apart(pattern: str) -> bool:
    """Whether all alternatives are plain texts, none a prefix of another."""
    plain, has_groups = _NOT_PLAIN.sub(".", pattern), True
    while has_groups:
        inner = _INNERMOST.search(plain)
        has_groups = inner is not None
        lists = inner[1] if inner is not None else plain
        texts = lists.lower().split("|")
        if len(texts) > 1 and not all(map(_PLAIN.fullmatch, texts)):
            return False
        for place, text in enumerate(texts):
            if any(o.startswith(text) for i, o in enumerate(texts) if i != place):
                return False
        if inner is not None:
            plain = plain[: inner.start()] + "." + plain[inner.end() :]
    return True


def groups(pattern: str) -> int:
    """The number of a pattern's capturing groups."""
    return _in_python(translated(pattern) or "").groups


def matches_nothing(pattern: str) -> bool:
    """Whether the pattern matches the empty text."""
    return _in_python(translated(pattern) or "").match("") is not None


def _in_python(written: str) -> re.Pattern[str]:
    return re.compile(written.replace(r"\z", r"\Z"))
