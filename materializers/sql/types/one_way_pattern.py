"""Recognizes regular expressions that match a text in only one way.

PostgreSQL chooses the longest of several matches, RE2 and Python the first one they try. They agree
where the pattern is deterministic: the next character alone decides how it continues (Glushkov;
Brüggemann-Klein and Wood, "One-Unambiguous Regular Languages", 1998). Besides, no quantifier may be
lazy, and no alternative and no repeated part may be empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations

from materializers.sql.types.either_case import in_either_case

_PIECE = re.compile(
    r"(?P<class>\[\^?(?:\\.|[^\]\\])*\])|(?P<bound>\{(?P<low>\d+)(?P<more>,(?P<high>\d*))?\})"
    r"|(?P<open>\((?:\?:)?)|(?P<close>\))|(?P<repeat>[*+?])|(?P<or>\|)"
    r"|(?P<edge>[\^$]|\\[AzZ])|(?P<one>\\.|.)",
    re.DOTALL,
)
_POSITIONS_MAX = 400
_CONTROLS = "\t\n\v\f\r"


@dataclass(slots=True)
class _Part:
    """A part of a pattern. `first`, `last`: the positions (numbers) at which it may begin and end;
    `is_empty`: it can match the empty text; `groups`: those inside."""

    first: set[int] = field(default_factory=set)
    last: set[int] = field(default_factory=set)
    is_empty: bool = True
    groups: set[int] = field(default_factory=set)


class _Manifold(Exception):
    """The pattern may match in several ways."""


class _Reader:
    """Parses a pattern in RE2's syntax. `letters`: the class of each position; `follow`: the
    positions after it; `absent`: groups that may not take part in a match; `empty`: groups that may
    match the empty text."""

    def __init__(self, written: str) -> None:
        self.letters: list[str] = []
        self.follow: list[set[int]] = []
        self.absent: set[int] = set()
        self.empty: set[int] = set()
        self._pieces = list(_PIECE.finditer(written))
        self._place = self._groups = 0

    def read(self) -> _Part:
        """Parse the pattern; raises _Manifold."""
        whole = self._alternatives()
        if self._place < len(self._pieces):
            raise _Manifold
        return whole

    def _alternatives(self) -> _Part:
        parts = [self._sequence()]
        while self._kind() == "or":
            self._place += 1
            parts.append(self._sequence())
        if len(parts) == 1:
            return parts[0]
        if any(part.is_empty for part in parts):
            raise _Manifold
        self.absent.update(*(part.groups for part in parts))
        return _Part(
            set().union(*(part.first for part in parts)),
            set().union(*(part.last for part in parts)),
            False,
            set().union(*(part.groups for part in parts)),
        )

    def _sequence(self) -> _Part:
        whole = _Part()
        while self._kind() not in ("", "or", "close"):
            part = self._repeated(self._one())
            for place in whole.last:
                self.follow[place] |= part.first
            whole = _Part(
                whole.first | part.first if whole.is_empty else whole.first,
                whole.last | part.last if part.is_empty else part.last,
                whole.is_empty and part.is_empty,
                whole.groups | part.groups,
            )
        return whole

    def _one(self) -> _Part:
        kind, text = self._kind(), self._pieces[self._place][0]
        self._place += 1
        if kind == "edge":
            return _Part()
        if kind == "open":
            return self._group(is_captured=text == "(")
        if kind not in ("class", "one") or len(self.letters) == _POSITIONS_MAX:
            raise _Manifold
        self.letters.append(text)
        self.follow.append(set())
        place = len(self.letters) - 1
        return _Part({place}, {place}, False)

    def _group(self, *, is_captured: bool) -> _Part:
        self._groups += is_captured
        number = self._groups
        inner = self._alternatives()
        if self._kind() != "close":
            raise _Manifold
        self._place += 1
        if is_captured and inner.is_empty:
            self.empty.add(number)
        return _Part(
            inner.first,
            inner.last,
            inner.is_empty,
            inner.groups | {number} if is_captured else inner.groups,
        )

    def _repeated(self, part: _Part) -> _Part:
        kind = self._kind()
        if kind not in ("repeat", "bound"):
            return part
        piece = self._pieces[self._place]
        self._place += 1
        if self._kind() == "repeat":  # a lazy quantifier
            raise _Manifold
        is_optional = piece[0] in ("*", "?") or (kind == "bound" and int(piece["low"]) == 0)
        is_repeated = piece[0] in ("*", "+") or (kind == "bound" and piece[0] not in _ONCE)
        if part.is_empty:
            raise _Manifold
        if is_repeated:
            self._loop(part)
        if is_optional:
            self.absent |= part.groups
        return _Part(part.first, part.last, is_optional, part.groups)

    def _loop(self, part: _Part) -> None:
        """Repeat a part. A group inside has the text of the last repetition; where the group may
        not take part in it, PostgreSQL and RE2 differ."""
        if part.groups & self.absent:
            raise _Manifold
        for place in part.last:
            if self.follow[place] & part.first:  # an inner loop continues with the same letters
                raise _Manifold
            self.follow[place] |= part.first

    def _kind(self) -> str:
        if self._place == len(self._pieces):
            return ""
        piece = self._pieces[self._place]
        names = ("class", "bound", "open", "close", "repeat", "or", "edge", "one")
        return next(name for name in names if piece[name] is not None)


_ONCE = ("{0,1}", "{1}", "{1,1}", "{0}", "{0,0}")


@lru_cache(maxsize=1024)
def absent_groups(written: str) -> frozenset[int] | None:
    """The groups that may not take part in a match of a deterministic pattern; where they do, they
    are not empty. None for another pattern. `written`: in RE2's syntax, as
    `posix_pattern.translated` gives it."""
    reader = _Reader(in_either_case(written))
    try:
        whole = reader.read()
    except _Manifold:
        return None
    if reader.absent & reader.empty:
        return None
    signs = _signs("".join(reader.letters))
    held = [frozenset(sign for sign in signs if _holds(piece, sign)) for piece in reader.letters]
    for places in (whole.first, *reader.follow):
        if any(held[one] & held[two] for one, two in combinations(places, 2)):
            return None
    return frozenset(reader.absent)


def _signs(text: str) -> list[str]:
    """Characters by which it can be tested whether two classes overlap: the ends of their
    ranges."""
    codes = {code + step for code in map(ord, text + _CONTROLS) for step in (-1, 0, 1)}
    return [chr(code) for code in codes if 0 < code < 0xD800 or 0xDFFF < code <= 0x10FFFF]


def _holds(piece: str, sign: str) -> bool:
    return re.fullmatch(piece, sign, re.DOTALL) is not None
