"""`to_char(timestamp, pattern)` piece by piece (manual, "Template Patterns for Date/Time
Formatting"); what is not known to be exact is refused."""

from __future__ import annotations

import re

_NUMBERS = (
    "YYYY", "YYY", "YY", "Y", "IYYY", "IYY", "IY", "I", "MM", "DD", "DDD", "D", "ID", "WW", "W",
    "IW", "Q", "CC", "J", "HH24", "HH12", "HH", "MI", "SS", "MS", "US", "SSSSS", "SSSS",
)  # fmt: skip
_NAMES = ("MONTH", "MON", "DAY", "DY")
_HALVES = ("AM", "PM", "A.M.", "P.M.")
_ZONES = {"TZ": "UTC", "tz": "utc", "OF": "+00", "TZH": "+00", "TZM": "00"}
_WORDS = sorted([*_NUMBERS, *_NAMES, *_HALVES, *_ZONES], key=len, reverse=True)
_REFUSED = ("TH", "B.C.", "A.D.", "BC", "AD", "RM", "TM", "FX", "SP")
_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<fill>FM)?(?P<word>" + "|".join(map(re.escape, _WORDS)) + ")(?P<ordinal>TH)?"
    r"|(?P<refused>" + "|".join(map(re.escape, _REFUSED)) + r"|FM|[A-SU-Z]|FF\d|\\)"
    r"|(?P<plain>.)",
    re.DOTALL | re.IGNORECASE,
)


def moment_pattern(pattern: str, *, is_zoned: bool) -> tuple[str, ...]:
    """The pieces of a text: a field as it is written, or `'` and what stands there as it is.
    Raises ValueError with the piece that is not supported."""
    return tuple(_piece(found, is_zoned) for found in _TOKEN.finditer(pattern))


def _piece(found: re.Match[str], is_zoned: bool) -> str:
    if found["refused"] or found["ordinal"]:
        raise ValueError(found[0])
    if found["text"]:
        return "'" + re.sub(r"\\(.)", r"\1", found["text"][1:-1])
    if found["plain"]:
        return "'" + found["plain"]
    written = found["word"]
    word = written.upper()
    if word in _ZONES:
        if not is_zoned or written not in _ZONES or found["fill"]:
            raise ValueError(found[0])
        return "'" + _ZONES[written]
    is_one_case = written.isupper() or written.islower()
    if word in _NUMBERS or is_one_case or (word in _NAMES and written.istitle()):
        return ("FM" if found["fill"] else "") + written
    raise ValueError(found[0])
