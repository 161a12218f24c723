"""Parses the pattern of `to_char(timestamp, pattern)` (manual, "Template Patterns for Date/Time
Formatting"); patterns not known to be exact are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBERS = (
    "YYYY", "YYY", "YY", "Y", "IYYY", "IYY", "IY", "I", "MM", "DD", "DDD", "IDDD", "D", "ID", "WW",
    "W", "IW", "Q", "CC", "J", "HH24", "HH12", "HH", "MI", "SS", "MS", "US", "SSSSS", "SSSS",
)  # fmt: skip
_NAMES = ("MONTH", "MON", "DAY", "DY")
_HALVES = ("AM", "PM", "A.M.", "P.M.")
_ZONES = {"TZ": "UTC", "tz": "utc", "OF": "+00", "TZH": "+00", "TZM": "00"}
_REFUSED = ("TH", "B.C.", "A.D.", "BC", "AD", "RM", "TM", "FX", "SP")


def _written(words: Iterable[str]) -> str:
    """A regular expression for words in upper or lower case, the longest first; other cases are no
    pattern words."""
    cases = {case for word in words for case in (word, word.lower())}
    return "|".join(map(re.escape, sorted(cases, key=lambda case: (-len(case), case))))


_WORDS = (*_NUMBERS, *_NAMES, *map(str.title, _NAMES), *_HALVES, *_ZONES)
_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<thousands>[Yy],[Yy]{3})"
    rf"|(?P<fill>FM|fm)?(?P<word>{_written(_WORDS)})(?P<ordinal>TH|th)?"
    rf"|(?P<refused>{_written(_REFUSED)}|FM|fm|FF\d|ff\d|[A-SU-Za-su-z]|\\)"
    r"|(?P<plain>.)",
    re.DOTALL,
)


def moment_pattern(pattern: str, *, is_zoned: bool) -> tuple[str, ...]:
    """The pieces of a pattern: a field as written, or `'` and a literal text. Raises ValueError
    with the piece that is not supported."""
    return tuple(_piece(match, is_zoned) for match in _TOKEN.finditer(pattern))


def _piece(match: re.Match[str], is_zoned: bool) -> str:
    if match["refused"] or match["ordinal"] or match["thousands"]:
        raise ValueError(match[0])
    if match["text"]:
        return "'" + re.sub(r"\\(.)", r"\1", match["text"][1:-1])
    if match["plain"]:
        return "'" + match["plain"]
    written = match["word"]
    if written.upper() in _ZONES:
        if not is_zoned or written not in _ZONES or match["fill"]:
            raise ValueError(match[0])
        return "'" + _ZONES[written]
    return ("FM" if match["fill"] else "") + written
