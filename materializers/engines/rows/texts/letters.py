"""Small letters and capitals.

Letters change case one by one, as the C library does it: `ß` has no capital, and none of the
special cases of Unicode applies.
"""

from __future__ import annotations


def lower(text: str) -> str:
    return text.lower() if text.isascii() else "".join(map(lowered, text))


def upper(text: str) -> str:
    return text.upper() if text.isascii() else "".join(map(raised, text))


def lowered(letter: str) -> str:
    return letter.lower()[0]


def raised(letter: str) -> str:
    found = letter.upper()
    if len(found) > 1:
        found = letter.title()  # a letter with an iota below has a capital of one letter
    return found if len(found) == 1 else letter
