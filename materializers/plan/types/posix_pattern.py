"""Regular expressions: where PostgreSQL's (manual, "POSIX Regular Expressions") and RE2's agree.

A pattern is translated piece by piece; a piece that may mean another thing is refused. What
differs even so: which of several matches is taken (PostgreSQL the longest, RE2 the first that
fits), so that only tests are allowed where alternatives or mixed greediness could show.
"""

from __future__ import annotations

import re

_PIECE = re.compile(
    r"(?P<class>\[\^?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*\])"
    r"|(?P<bound>\{\d+(?:,\d*)?\}\??)"
    r"|(?P<group>\((?:\?:)?|\))"
    r"|(?P<quantifier>[*+?]\??)"
    r"|(?P<escape>\\.)"
    r"|(?P<plain>[^\\()\[\]{}*+?])",
    re.DOTALL,
)
_ESCAPES = {
    r"\d": "[0-9]", r"\D": "[^0-9]", r"\s": r"[\t\n\v\f\r ]", r"\S": r"[^\t\n\v\f\r ]",
    r"\A": r"\A", r"\Z": r"\z", r"\n": r"\n", r"\t": r"\t", r"\r": r"\r",
}  # fmt: skip
_NOT_PLAIN = re.compile(r"\\.|\[\^?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_INNERMOST = re.compile(r"\((?:\?:)?([^()]*)\)")
_PLAIN = re.compile(r"[a-z0-9_ @#%&=,;/'\"<>!~-]+")
_CLASS_MEMBER = re.compile(r"\[:[a-z]+:\]|\\.|.", re.DOTALL)
_CLASS_ESCAPES = {r"\d": "0-9", r"\s": r"\t\n\v\f\r ", r"\n": r"\n", r"\t": r"\t", r"\r": r"\r"}
_CLASSES = {
    "[:digit:]": "0-9", "[:space:]": r"\t\n\v\f\r ", "[:blank:]": r"\t ",
    "[:xdigit:]": "0-9A-Fa-f",
}  # fmt: skip


def translated(pattern: str) -> str | None:
    """The pattern in RE2's words; None where the two may differ."""
    if pattern.startswith("***") or re.match(r"\(\?[^:]", pattern):
        return None
    place, parts = 0, []
    while place < len(pattern):
        found = _PIECE.match(pattern, place)
        if found is None:
            return None
        part = _piece(found)
        if part is None:
            return None
        parts.append(part)
        place = found.end()
    return "".join(parts)


def _piece(found: re.Match[str]) -> str | None:
    text = found[0]
    if found["class"]:
        return _class(text)
    if found["escape"]:
        if text[1].isalnum():
            return _ESCAPES.get(text)
        return text
    if text == "$":
        return r"\z"
    if found["plain"] and text not in ".^|":
        return re.escape(text) if text.isascii() and not text.isalnum() else text
    return text


def _class(text: str) -> str | None:
    is_negated, inner = text.startswith("[^"), text[2 if text.startswith("[^") else 1 : -1]
    parts = []
    for member in _CLASS_MEMBER.findall(inner):
        if member.startswith("[:"):
            if member not in _CLASSES:
                return None
            parts.append(_CLASSES[member])
        elif member.startswith("\\"):
            if member[1].isalnum() and member not in _CLASS_ESCAPES:
                return None
            parts.append(_CLASS_ESCAPES.get(member, member))
        else:
            parts.append("\\" + member if member in "[]&~" else member)
    return f"[{'^' if is_negated else ''}{''.join(parts)}]"


def is_unambiguous(pattern: str) -> bool:
    """Whether the first match that RE2 finds is PostgreSQL's longest: no quantifier that takes
    less than it can, no group that is repeated or optional, and alternatives of which no text
    begins with two."""
    return not re.search(r"[*+?}]\?|\)[*+?{]", pattern) and _are_apart(pattern)


def _are_apart(pattern: str) -> bool:
    """Whether all alternatives are plain texts, none of which another one begins with."""
    plain, found = _NOT_PLAIN.sub(".", pattern), True
    while found:
        inner = _INNERMOST.search(plain)
        found = inner is not None
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
    """How many groups a pattern captures."""
    return _in_python(pattern).groups


def matches_nothing(pattern: str) -> bool:
    """Whether the empty text matches."""
    return _in_python(pattern).match("") is not None


def _in_python(pattern: str) -> re.Pattern[str]:
    return re.compile((translated(pattern) or "").replace(r"\z", r"\Z"))
