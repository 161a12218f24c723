"""`to_char` of dates and times (manual, "Template Patterns for Date/Time Formatting";
formatting.c, DCH_to_char)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from materializers.engines.rows.times.calendar import (
    JULIAN_EPOCH,
    civil,
    day_of_year,
    iso_week,
    shown_year,
    weekday,
)
from materializers.engines.rows.times.moment import is_infinite, moment_of_date
from materializers.engines.rows.values import MICROS_A_DAY
from materializers.sql.types.expression import Apply
from materializers.sql.types.sql_type import DATE

_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


class _Moment(NamedTuple):
    """What a pattern shows of a moment."""

    day_number: int
    year: int
    month: int
    day: int
    seconds: int
    micros: int


def _century(moment: _Moment) -> int:
    year = moment.year
    return (year - 1) // 100 + 1 if year > 0 else -(-year // 100) - 1


def _iso_year(moment: _Moment) -> int:
    return abs(shown_year(iso_week(moment.day_number)[0]))


def _hour12(moment: _Moment) -> int:
    return (moment.seconds // 3600 - 1) % 12 + 1


_NUMBERS: dict[str, tuple[Callable[[_Moment], int], int]] = {
    "YYYY": (lambda m: abs(shown_year(m.year)), 4),
    "YYY": (lambda m: abs(shown_year(m.year)) % 1000, 3),
    "YY": (lambda m: abs(shown_year(m.year)) % 100, 2),
    "Y": (lambda m: abs(shown_year(m.year)) % 10, 1),
    "IYYY": (_iso_year, 4),
    "IYY": (lambda m: _iso_year(m) % 1000, 3),
    "IY": (lambda m: _iso_year(m) % 100, 2),
    "I": (lambda m: _iso_year(m) % 10, 1),
    "MM": (lambda m: m.month, 2),
    "DD": (lambda m: m.day, 2),
    "DDD": (lambda m: day_of_year(m.day_number), 3),
    "IDDD": (lambda m: (iso_week(m.day_number)[1] - 1) * 7 + weekday(m.day_number), 3),
    "D": (lambda m: weekday(m.day_number) % 7 + 1, 1),
    "ID": (lambda m: weekday(m.day_number), 1),
    "WW": (lambda m: (day_of_year(m.day_number) - 1) // 7 + 1, 2),
    "W": (lambda m: (m.day - 1) // 7 + 1, 1),
    "IW": (lambda m: iso_week(m.day_number)[1], 2),
    "Q": (lambda m: (m.month + 2) // 3, 1),
    "CC": (_century, 2),
    "J": (lambda m: m.day_number + JULIAN_EPOCH, 1),
    "HH24": (lambda m: m.seconds // 3600, 2),
    "HH12": (_hour12, 2),
    "HH": (_hour12, 2),
    "MI": (lambda m: m.seconds // 60 % 60, 2),
    "SS": (lambda m: m.seconds % 60, 2),
    "MS": (lambda m: m.micros // 1000, 3),
    "US": (lambda m: m.micros, 6),
    "SSSSS": (lambda m: m.seconds, 1),
    "SSSS": (lambda m: m.seconds, 1),
}
"""The number, and how many digits it has at least."""
_FRACTIONS = ("MS", "US")
"""Of these FM takes no zeros away."""
_NAMES: dict[str, tuple[Callable[[_Moment], str], int]] = {
    "MONTH": (lambda m: _MONTHS[m.month - 1], 9),
    "MON": (lambda m: _MONTHS[m.month - 1][:3], 3),
    "DAY": (lambda m: _DAYS[weekday(m.day_number) - 1], 9),
    "DY": (lambda m: _DAYS[weekday(m.day_number) - 1][:3], 3),
}
_HALVES = {"AM": ("AM", "PM"), "PM": ("AM", "PM"), "A.M.": ("A.M.", "P.M.")}
_HALVES["P.M."] = _HALVES["A.M."]

_Piece = Callable[[_Moment], str]


def moment_format(node: Apply) -> Callable[[int], str | None]:
    """`node.options`: fields, and texts behind a `'`. Of an infinite moment there is no text."""
    pieces = [_piece(str(option)) for option in node.options]
    is_date = node.arguments[0].type == DATE

    def shown(value: int) -> str | None:
        moment = moment_of_date(value) if is_date else value
        if is_infinite(moment) or not pieces:
            return None
        day, micros = divmod(moment, MICROS_A_DAY)
        parts = _Moment(day, *civil(day), *divmod(micros, 1_000_000))
        return "".join([piece(parts) for piece in pieces])

    return shown


def _piece(option: str) -> _Piece:
    if option[0] == "'":
        return lambda moment: option[1:]
    is_filled = not option.upper().startswith("FM")
    written = option if is_filled else option[2:]
    word = written.upper()
    is_filled = is_filled or word in _FRACTIONS
    if word in _NUMBERS:
        return _number(word, is_filled)
    if word in _NAMES:
        return _name(written, is_filled)
    return _half(written)


def _number(word: str, is_filled: bool) -> _Piece:
    find, width = _NUMBERS[word]
    if not is_filled:
        return lambda moment: str(find(moment))

    def shown(moment: _Moment) -> str:
        value = find(moment)
        return f"{value:0{width if value >= 0 else width + 1}d}"

    return shown


def _name(written: str, is_filled: bool) -> _Piece:
    find, width = _NAMES[written.upper()]
    change = str.upper if written.isupper() else str.lower if written.islower() else str
    if not is_filled:
        return lambda moment: change(find(moment))
    return lambda moment: change(find(moment)).ljust(width)


def _half(written: str) -> _Piece:
    halves = _HALVES[written.upper()]
    if written.islower():
        halves = (halves[0].lower(), halves[1].lower())
    return lambda moment: halves[moment.seconds >= 43_200]
