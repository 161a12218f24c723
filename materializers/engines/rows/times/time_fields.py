"""Splits a date's, time's or interval's text into fields (datetime.c, ParseDateTime)."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

FIELDS_MAX = 25


class Kind(Enum):
    """The form of a field."""

    NUMBER = auto()
    DATE = auto()
    """It contains `-`, `/` or `.`; also a zone's name with `/`."""
    TIME = auto()
    SIGNED = auto()
    """A sign and a number: a zone's offset, or a number of an interval."""
    WORD = auto()
    SIGNED_WORD = auto()


class Field(NamedTuple):
    kind: Kind
    text: str


MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
         "aug august", "sep sept september", "oct october", "nov november", "dec december"), 1
    )
    for name in names.split()
}  # fmt: skip
WEEKDAYS = frozenset(
    (
        "sun sunday mon monday tue tues tuesday wed wednesday weds thu thur thurs thursday"
        " fri friday sat saturday"
    ).split()
)
"""Which day it is, is not compared with the date."""
IGNORED = frozenset(("at", "on"))
UNITS = frozenset("d dow doy h isodow isoyear j jd julian m mm s y".split())
RESERVED = frozenset(
    "-infinity +infinity infinity allballs epoch now today tomorrow yesterday".split()
)
WORDS = frozenset(
    (*MONTHS, *WEEKDAYS, *IGNORED, *UNITS, *RESERVED, "ad", "bc", "am", "pm", "dst", "t")
)  # fmt: skip
"""All words but names of zones. Ten characters of a word count (datetime.c, datebsearch)."""
WORD_LENGTH = 10

_FIELD = re.compile(
    r"\s*(?:"
    r"(?P<time>\d+:[\d:.]*)"
    r"|(?P<date>\d+(?:-\d+-[\d-]*|/\d+/[\d/]*|\.\d+\.[\d.]*"
    r"|[-/]\d+|-(?!\d)[a-z0-9-]*|/(?!\d)[a-z0-9/]*|\.(?!\d)[a-z0-9.]*))"
    r"|(?P<number>\d+\.\d+|\d+|\.\d*)"
    r"|(?P<word>[a-z]+)"
    r"|(?P<sign>[-+])\s*(?:(?P<signed>\d[\d:.-]*)|(?P<signed_word>[a-z]+))"
    r"|(?P<other>[!-/:-@\[-`{-~]))",
    re.ASCII,
)
_REST = re.compile(r"[-+/_.:a-z0-9]*", re.ASCII)
_LETTERS = str.maketrans({chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)})


def fields_of(text: str, size: int) -> list[Field] | None:
    """The fields in small letters; None where the text has none of such form. `size`: the bytes
    that PostgreSQL has for them."""
    text, place, fields = text.translate(_LETTERS).rstrip(" \t\n\r\v\f"), 0, list[Field]()
    while place < len(text):
        match = _FIELD.match(text, place)
        if match is None or len(fields) == FIELDS_MAX:
            return None
        place = match.end()
        if match["sign"]:
            sign = match["sign"]
            word = match["signed_word"]
            kind = Kind.SIGNED if word is None else Kind.SIGNED_WORD
            fields.append(Field(kind, sign + (match["signed"] if word is None else word)))
        elif match["word"]:
            field = _word(text, match["word"], place)
            place += len(field.text) - len(match["word"])
            fields.append(field)
        elif match["other"] is None:
            name = str(match.lastgroup)
            fields.append(Field(Kind[name.upper()], match[name]))
        elif match["other"] in "+-":
            return None
    return fields if sum(len(field.text) + 1 for field in fields) <= size else None


def _word(text: str, word: str, place: int) -> Field:
    """A word, with the punctuation behind it where it may be a date or a zone's name."""
    sign = text[place : place + 1]
    is_date = sign and sign in "-/."
    if sign and (sign == "+" or sign in "0123456789"):
        is_date = word[:WORD_LENGTH] not in WORDS
    if not is_date:
        return Field(Kind.WORD, word)
    rest = _REST.match(text, place)
    return Field(Kind.DATE, word + (rest[0] if rest else ""))
