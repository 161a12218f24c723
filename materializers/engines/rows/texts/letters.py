"""lower() and upper().

Letters are changed one by one, as the C library does: `ß` has no upper-case letter, and none of
Unicode's special cases applies.
"""

from __future__ import annotations


def lower(text: str) -> str:
    return text.lower() if text.isascii() else "".join(map(lowered, text))


def upper(text: str) -> str:
    return text.upper() if text.isascii() else "".join(map(raised, text))


def lowered(letter: str) -> str:
    return letter.lower()[0]


def raised(letter: str) -> str:
    capital = letter.upper()
    if len(capital) > 1:
        capital = letter.title()  # a letter with iota subscript has a single title-case letter
    return capital if len(capital) == 1 else letter
