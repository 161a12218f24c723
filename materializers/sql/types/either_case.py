"""Case-insensitive regular expressions as in PostgreSQL: a letter matches itself, its lower-case
and its upper-case letter (regc_locale.c, allcases). `(?i)` of Python and RE2 matches more: `s` also
matches `ſ`, and `k` the kelvin sign."""

from __future__ import annotations

import re

_PIECE = re.compile(r"(?P<class>\[\^?(?:\\.|[^\]\\])*\])|\\.|.", re.DOTALL)
_MEMBER = re.compile(r"(?P<low>\\.|.)(?:-(?P<high>\\.|.))?", re.DOTALL)
_ESCAPED = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}


def in_either_case(written: str) -> str:
    """Make a pattern of `posix_pattern.translated` case-insensitive."""
    return "".join(map(_piece, _PIECE.finditer(written)))


def _piece(match: re.Match[str]) -> str:
    text = match[0]
    if not match["class"]:
        letters = _cases(text) if len(text) == 1 else {text}
        return f"[{''.join(sorted(letters))}]" if len(letters) > 1 else text
    start = 2 if text[1] == "^" else 1
    more: set[str] = set()
    for member in _MEMBER.finditer(text, start, len(text) - 1):
        low = _letter(member["low"])
        high = _letter(member["high"]) if member["high"] else low
        more.update(*(_cases(chr(code)) for code in range(ord(low), ord(high) + 1)))
    shown = text[start:-1]
    return f"{text[:start]}{shown}{''.join(sorted(each for each in more if each.isalpha()))}]"


def _letter(text: str) -> str:
    return _ESCAPED.get(text[1], text[1]) if len(text) > 1 else text


def _cases(letter: str) -> set[str]:
    """A letter in both cases; a change of case into several letters does not count."""
    return {each for each in (letter, letter.lower(), letter.upper()) if len(each) == 1}
