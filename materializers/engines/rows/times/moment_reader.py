"""Reads a date or time field by field (datetime.c, DecodeDateTime and DecodeTimeOnly), with
DateStyle `ISO, MDY`."""

from __future__ import annotations

import re

from materializers.engines.rows.digits import counted
from materializers.engines.rows.times.calendar import JULIAN_EPOCH, civil, day_of, month_length
from materializers.engines.rows.times.moment_parts import (
    FORMAT,
    INT_MAX,
    RANGE,
    Part,
    Refused,
    clock_parts,
    date_parts,
    fraction,
    fraction_micros,
    leading_integer,
    which_part,
    zone_offset,
)
from materializers.engines.rows.times.time_fields import (
    IGNORED,
    MONTHS,
    RESERVED,
    UNITS,
    WEEKDAYS,
    WORD_LENGTH,
    WORDS,
    Field,
    Kind,
)
from materializers.engines.rows.times.zone import Zone, abbreviated, full_zone, is_fixed
from materializers.engines.rows.values import MICROS_A_DAY


class MomentReader:
    """Reads one text. `is_time`: a time of day, for which a date is optional."""

    def __init__(self, *, is_time: bool = False) -> None:
        self.year = self.month = self.day = self.day_of_year = 0
        self.hour = self.minute = self.second = self.micros = 0
        self.offset = 0
        """Seconds east of UTC, if `zone` names no zone."""
        self.zone: Zone | None = None
        self.known = Part.NONE
        self.special = ""
        """`epoch`, `infinity` or `-infinity`."""
        self._is_time = is_time
        self._prefix = ""
        self._half = ""
        self._has_text_month = self._is_julian = self._is_bc = self._has_short_year = False

    def read(self, fields: list[Field]) -> None:
        """Read all fields; raises Refused."""
        for place, field in enumerate(fields):
            part = self._field(field, place, fields)
            if part & self.known:
                raise Refused(FORMAT)
            self.known |= part
        if self._prefix:
            raise Refused(FORMAT)
        if not self.special:
            self._complete()

    @property
    def day_number(self) -> int:
        return day_of(self.year, self.month, self.day)

    @property
    def day_micros(self) -> int:
        seconds = (self.hour * 60 + self.minute) * 60 + self.second
        return seconds * 1_000_000 + self.micros

    def _field(self, field: Field, place: int, fields: list[Field]) -> Part:
        match field.kind:
            case Kind.DATE:
                return self._date_field(field.text, place, fields)
            case Kind.TIME:
                if self._prefix not in ("", "t"):
                    raise Refused(FORMAT)
                self._prefix = ""
                return self._clock(field.text)
            case Kind.SIGNED:
                self.offset = zone_offset(field.text)
                return Part.ZONE
            case Kind.NUMBER:
                return self._number_field(field.text, place, fields)
        return self._word(field.text)

    # dates

    def _date_field(self, text: str, place: int, fields: list[Field]) -> Part:
        if self._prefix == "j" and not self._is_time:
            value, rest = leading_integer(text)
            self._set_julian(value)
            self.offset = zone_offset(rest)
            return Part.DATE | Part.TIME | Part.ZONE
        if not self._may_be_zone(place, fields):
            return self._date(text)
        if not (text[0].isdigit() or (self._prefix and not self._is_time)):
            return self._region(text)
        is_expected = self._prefix == "" or (self._prefix == "t" and not self._is_time)
        if not is_expected or Part.TIME in self.known or "-" not in text:
            raise Refused(FORMAT)
        self._prefix = ""
        clock, _, zone = text.partition("-")
        self.offset = zone_offset("-" + zone)
        return self._concatenated(clock, has_date=self._is_time) | Part.ZONE

    def _may_be_zone(self, place: int, fields: list[Field]) -> bool:
        """Whether a date has been read, so that this field is a zone or a time."""
        if self._is_time:
            is_date_first = place == 0 and len(fields) >= 2
            later = fields[-1].kind is Kind.DATE or (
                len(fields) > 1 and fields[1].kind is Kind.TIME
            )
            return not (is_date_first and later)
        return bool(self._prefix) or (Part.MONTH | Part.DAY) in self.known

    def _region(self, name: str) -> Part:
        self.zone = full_zone(name)
        if self.zone is None:
            raise Refused(
                f'time zone "{name.replace("{", "{{").replace("}", "}}")}" not recognized'
            )
        return Part.ZONE

    def _date(self, text: str) -> Part:
        """A date of numbers and a month's name, with punctuation between."""
        parts, parts_read, has_text_month = date_parts(text), Part.NONE, False
        for part in [each for each in parts if each[0].isalpha()]:
            if part in IGNORED:
                continue
            month = MONTHS.get(part[:WORD_LENGTH])
            if month is None or Part.MONTH in self.known | parts_read:
                raise Refused(FORMAT)
            self.month, has_text_month, parts_read = month, True, parts_read | Part.MONTH
        for part in [each for each in parts if each[0].isdigit()]:
            more = self._number(part, self.known | parts_read, has_text_month)
            if more & (self.known | parts_read):
                raise Refused(FORMAT)
            parts_read |= more
        if (self.known | parts_read) & ~(Part.DAY_OF_YEAR | Part.ZONE) != Part.DATE:
            raise Refused(FORMAT)
        return parts_read

    def _set_julian(self, value: int) -> None:
        if value < 0:
            raise Refused(RANGE)
        self.year, self.month, self.day = civil(value - JULIAN_EPOCH)
        self._is_julian, self._prefix = True, ""

    # numbers

    def _number_field(self, text: str, place: int, fields: list[Field]) -> Part:
        if self._prefix:
            return self._prefixed(text)
        whole, point, _ = text.partition(".")
        if self._is_time:
            return self._time_number(text, place, fields)
        if point and not self.known & Part.DATE:
            return self._date(text)
        is_long = len(text) >= 6 and not (self.known & Part.DATE and Part.TIME in self.known)
        if (point and len(whole) > 2) or is_long:
            return self._concatenated(text)
        return self._number(text, self.known, self._has_text_month)

    def _time_number(self, text: str, place: int, fields: list[Field]) -> Part:
        whole, point, _ = text.partition(".")
        if point:
            if place == 0 and len(fields) >= 2 and fields[-1].kind is Kind.DATE:
                return self._date(text)
            if len(whole) <= 2:
                raise Refused(FORMAT)
        elif len(text) <= 4:
            return self._number(text, self.known | Part.DATE, False)
        return self._concatenated(text, has_date=True)

    def _prefixed(self, text: str) -> Part:
        value, rest = leading_integer(text)
        if rest and rest[0] != ".":
            raise Refused(FORMAT)
        if self._prefix == "t":
            result = self._concatenated(text, has_date=True)
            if result != Part.TIME:
                raise Refused(FORMAT)
            self._prefix = ""
            return result
        if self._prefix != "j":
            raise Refused(FORMAT)
        self._set_julian(value)
        if not rest:
            return Part.DATE
        self._set_clock(int(fraction(rest) * MICROS_A_DAY))
        return Part.DATE | Part.TIME

    def _set_clock(self, micros: int) -> None:
        seconds, self.micros = divmod(micros, 1_000_000)
        minutes, self.second = divmod(seconds, 60)
        self.hour, self.minute = divmod(minutes, 60)

    def _number(self, text: str, known: Part, has_text_month: bool) -> Part:
        """One part of a date, by its length and by the parts read before."""
        value, rest = leading_integer(text)
        if not text[:1].isdigit():
            raise Refused(FORMAT)
        if rest[:1] == ".":
            if len(text) - len(rest) > 2:
                return self._concatenated(text, has_date=True)
            self.micros = fraction_micros(rest)
        elif rest:
            raise Refused(FORMAT)
        if len(text) == 3 and known & Part.DATE == Part.YEAR and 1 <= value <= 366:
            self.day_of_year = value
            return Part.DAY_OF_YEAR | Part.MONTH | Part.DAY
        if known & Part.DATE == Part.DATE:
            return self._concatenated(text, has_date=Part.DATE in known)
        part = which_part(known & Part.DATE, len(text), has_text_month)
        if part is Part.DAY and self._is_swapped(known, len(text), has_text_month):
            # DD-MON-YYYY: the number read as the year is the day
            self.day, self.year, self._has_short_year = self.year, value, False
        elif part is Part.YEAR:
            self.year, self._has_short_year = value, len(text) <= 2
        elif part is Part.MONTH:
            self.month = value
        else:
            self.day = value
        return part

    def _is_swapped(self, known: Part, length: int, has_text_month: bool) -> bool:
        has_year = known & Part.DATE == Part.YEAR | Part.MONTH
        return has_year and has_text_month and length >= 3 and self._has_short_year

    def _concatenated(self, text: str, *, has_date: bool = False) -> Part:
        """`20240229`, `040506.7`, `0405` (datetime.c, DecodeNumberField)."""
        if not re.fullmatch(r"[\d.]+", text, re.ASCII):
            raise Refused(FORMAT)
        whole, point, digits = text.partition(".")
        if point:
            if "." in digits:
                digits = digits.partition(".")[0]
            self.micros = fraction_micros("." + digits)
        elif not (has_date or Part.DATE in self.known) and len(text) >= 6:
            self.day, self.month, self.year = int(text[-2:]), int(text[-4:-2]), counted(text[:-4])
            if self.year > INT_MAX:
                raise Refused(RANGE)
            if len(text) == 6:
                self._has_short_year = True
            return Part.DATE
        if Part.TIME in self.known or len(whole) not in (4, 6):
            raise Refused(FORMAT)
        self.hour, self.minute = int(whole[:2]), int(whole[2:4])
        self.second = int(whole[4:] or 0)
        return Part.TIME

    def _clock(self, text: str) -> Part:
        """`hh:mm[:ss[.f]]` (datetime.c, DecodeTimeCommon)."""
        self.hour, self.minute, self.second, self.micros = clock_parts(text)
        if not self._is_time and not self._is_clock():
            raise Refused(RANGE)
        return Part.TIME

    # words

    def _word(self, text: str) -> Part:
        offset = abbreviated(text)
        if offset is not None:
            self.offset = offset
            return Part.ZONE
        word = text[:WORD_LENGTH]
        if word not in WORDS:
            return self._all_letters(text)
        if word in MONTHS:
            return self._month_word(MONTHS[word])
        if word in RESERVED:
            return self._reserved(word)
        if word in UNITS or word == "t":
            return self._set_prefix(word)
        if word in ("am", "pm"):
            self._half = word
            return Part.HALF
        if word in ("ad", "bc"):
            self._is_bc = word == "bc"
            return Part.ERA
        if word == "dst":
            self.offset += 3600
            return Part.SUMMER
        return Part.WEEKDAY if word in WEEKDAYS else Part.NONE

    def _all_letters(self, text: str) -> Part:
        self.zone = full_zone(text)
        if self.zone is None:
            raise Refused(FORMAT)
        return Part.ZONE

    def _set_prefix(self, word: str) -> Part:
        is_early = word == "t" and not self._is_time and Part.DATE not in self.known
        if self._prefix or is_early:
            raise Refused(FORMAT)
        self._prefix = "j" if word in ("j", "jd", "julian") else word
        return Part.NONE

    def _month_word(self, month: int) -> Part:
        part = Part.MONTH
        if self._is_time:
            raise Refused(FORMAT)
        if (
            Part.MONTH in self.known
            and not self._has_text_month
            and Part.DAY not in self.known
            and 1 <= self.month <= 31
        ):
            # the number read as the month is the day
            self.day, part = self.month, Part.DAY
        self._has_text_month, self.month = True, month
        return part

    def _reserved(self, word: str) -> Part:
        if word == "allballs":
            self.hour = self.minute = self.second = self.micros = self.offset = 0
            return Part.TIME | Part.ZONE
        if word in ("now", "today", "tomorrow", "yesterday") or self._is_time:
            # the result must not depend on the current time
            raise Refused(FORMAT)
        self.special = word.removeprefix("+")
        return Part.DATE | Part.TIME | Part.ZONE

    # the result

    def _complete(self) -> None:
        if Part.YEAR in self.known:
            self._complete_year()
        if Part.DAY_OF_YEAR in self.known:
            day = day_of(self.year, 1, 1) + self.day_of_year - 1
            self.year, self.month, self.day = civil(day)
        if Part.MONTH in self.known and not 1 <= self.month <= 12:
            raise Refused(RANGE)
        if Part.DAY in self.known and not 1 <= self.day <= 31:
            raise Refused(RANGE)
        if Part.DATE in self.known and self.day > month_length(self.year, self.month):
            raise Refused(RANGE)
        self._complete_half()
        if self._is_time and not self._is_clock():
            raise Refused(RANGE)
        if (Part.TIME if self._is_time else Part.DATE) not in self.known:
            raise Refused(FORMAT)
        if Part.SUMMER in self.known and (self.zone is not None or Part.ZONE not in self.known):
            raise Refused(FORMAT)
        if self._is_time and self.zone is not None and Part.DATE not in self.known:
            if not is_fixed(self.zone):
                # the zone's offset depends on the day
                raise Refused(FORMAT)

    def _is_clock(self) -> bool:
        return self.minute < 60 and self.second <= 60 and self.day_micros <= MICROS_A_DAY

    def _complete_year(self) -> None:
        if self._is_julian:
            return
        if self._is_bc:
            if self.year <= 0:
                raise Refused(RANGE)
            self.year = 1 - self.year
        elif self._has_short_year:
            self.year += 2000 if self.year < 70 else 1900
        elif self.year <= 0:
            raise Refused(RANGE)

    def _complete_half(self) -> None:
        if self._half and self.hour > 12:
            raise Refused(RANGE)
        if self._half == "am" and self.hour == 12:
            self.hour = 0
        elif self._half == "pm" and self.hour != 12:
            self.hour += 12
