"""`to_char(timestamp, pattern)` piece by piece (manual, "Template Patterns for Date/Time
Formatting"); what is not known to be exact is refused."""

from __future__ import annotations

import re

from materializers.plan.types.expression import text_literal

_NUMBERS = {
    "YYYY": ("abs(pg_year({0}))", 4), "YYY": ("abs(pg_year({0})) % 1000", 3),
    "YY": ("abs(pg_year({0})) % 100", 2), "Y": ("abs(pg_year({0})) % 10", 1),
    "IYYY": ("abs(pg_isoyear({0}))", 4), "IYY": ("abs(pg_isoyear({0})) % 1000", 3),
    "IY": ("abs(pg_isoyear({0})) % 100", 2), "I": ("abs(pg_isoyear({0})) % 10", 1),
    "MM": ("month({0})", 2),
    "DD": ("day({0})", 2), "DDD": ("dayofyear({0})", 3), "D": ("dayofweek({0}) + 1", 1),
    "ID": ("isodow({0})", 1), "WW": ("(dayofyear({0}) - 1) // 7 + 1", 2),
    "W": ("(day({0}) - 1) // 7 + 1", 1), "IW": ("weekofyear({0})", 2), "Q": ("quarter({0})", 1),
    "CC": ("pg_century(year({0}), 100)", 2), 
    "J": ("CAST(julian(date_trunc('day', {0})) AS BIGINT)", 1),
    "HH24": ("hour({0})", 2), "HH12": ("(hour({0}) + 11) % 12 + 1", 2),
    "HH": ("(hour({0}) + 11) % 12 + 1", 2), "MI": ("minute({0})", 2), "SS": ("second({0})", 2),
    "MS": ("microsecond({0}) % 1000000 // 1000", 3), "US": ("microsecond({0}) % 1000000", 6),
    "SSSSS": ("hour({0}) * 3600 + minute({0}) * 60 + second({0})", 1),
    "SSSS": ("hour({0}) * 3600 + minute({0}) * 60 + second({0})", 1),
}  # fmt: skip
_NAMES = {
    "MONTH": ("monthname({0})", 9), "MON": ("left(monthname({0}), 3)", 3),
    "DAY": ("dayname({0})", 9), "DY": ("left(dayname({0}), 3)", 3),
}  # fmt: skip
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


def format_moment(value: str, pattern: str, *, is_zoned: bool) -> str:
    """SQL of the text of a TIMESTAMP; raises ValueError with the piece that is not supported."""
    parts: list[str] = []
    for found in _TOKEN.finditer(pattern):
        if found["refused"] or found["ordinal"]:
            raise ValueError(found[0])
        if found["text"]:
            parts.append(text_literal(re.sub(r"\\(.)", r"\1", found["text"][1:-1])))
        elif found["plain"]:
            parts.append(text_literal(found["plain"]))
        else:
            parts.append(_word(value, found, is_zoned))
    return " || ".join(parts) or "''"


def _word(value: str, found: re.Match[str], is_zoned: bool) -> str:
    written, word, is_filled = found["word"], found["word"].upper(), not found["fill"]
    if word in _NUMBERS:
        sql, width = _NUMBERS[word]
        number = f"CAST({sql.format(value)} AS VARCHAR)"
        longest = f"CAST(greatest({width}, length({number})) AS INTEGER)"
        return f"lpad({number}, {longest}, '0')" if is_filled else number
    if word in _NAMES:
        sql, width = _NAMES[word]
        name = sql.format(value)
        if written.isupper():
            name = f"upper({name})"
        elif written.islower():
            name = f"lower({name})"
        elif not written.istitle():
            raise ValueError(found[0])
        return f"rpad({name}, {width}, ' ')" if is_filled else name
    if word in _HALVES:
        if not (written.isupper() or written.islower()):
            raise ValueError(found[0])
        before, after = ("A.M.", "P.M.") if "." in word else ("AM", "PM")
        sql = f"CASE WHEN hour({value}) < 12 THEN '{before}' ELSE '{after}' END"
        return f"lower({sql})" if written.islower() else f"({sql})"
    if not is_zoned or written not in _ZONES or not is_filled:
        raise ValueError(found[0])
    return text_literal(_ZONES[written])
