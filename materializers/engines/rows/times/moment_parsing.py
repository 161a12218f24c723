"""`to_date` and `to_timestamp` by a pattern (formatting.c, DCH_from_char)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from materializers.engines.rows.digits import counted
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.times.calendar import (
    DAY_END,
    DAY_MIN,
    day_of,
    is_countable,
    month_length,
)
from materializers.engines.rows.times.moment import checked_moment
from materializers.engines.rows.values import MICROS_A_DAY

_LENGTHS = {"YYYY": 4, "MM": 2, "DD": 2, "HH24": 2, "HH12": 2, "HH": 2, "MI": 2, "SS": 2, "US": 6}
_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_WORDS = {"Mon": [month[:3] for month in _MONTHS], "Month": _MONTHS, "AM": ["am", "pm"]}
_WORDS["PM"] = _WORDS["AM"]
_TOKEN = re.compile(
    "|".join(sorted([*_LENGTHS, *_WORDS], key=len, reverse=True)) + r'|"(?:[^"\\]|\\.)*"?|\\"|.',
    re.DOTALL,
)
_SPACES = " \t\n\r\v\f"
_INT_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of the pattern. `name`: of a field; empty for the literal character `text`.
    `is_separator`: the character may be missing. `is_open`: read as many digits as there are."""

    name: str
    text: str = ""
    is_separator: bool = False
    is_open: bool = False


def _steps(pattern: str) -> list[_Step]:
    written = _TOKEN.findall(pattern)
    steps: list[_Step] = []
    for place, token in enumerate(written):
        if token in _LENGTHS:
            behind = written[place + 1 : place + 2]
            is_digit = bool(behind) and (behind[0] in _LENGTHS or behind[0].isdigit())
            steps.append(_Step(token, is_open=not is_digit))
        elif token in _WORDS:
            steps.append(_Step(token))
        elif token[0] == '"':
            inner = re.sub(r"\\(.)", r"\1", token[1:].removesuffix('"'))
            steps += [_Step("", letter) for letter in inner]
        else:
            sign = token[-1]
            is_mark = sign.isascii() and sign.isprintable() and not sign.isalnum()
            steps.append(_Step("", sign, is_separator=is_mark or sign in _SPACES))
    return steps


@dataclass(slots=True)
class _Parsing:
    """A text being parsed. `values`: of the fields so far."""

    text: str
    place: int = 0
    values: dict[str, int] = field(default_factory=dict)
    skipped: int = 0
    """The number of characters skipped beyond those of the pattern."""

    def run(self, steps: Sequence[_Step]) -> None:
        for number, step in enumerate(steps):
            if self.place >= len(self.text):
                return
            if step.name or number == 0:
                self._skip_spaces()
            if self.place >= len(self.text) and not step.name:
                return
            if step.name:
                self._field(step)
                self.skipped = 0
                self._skip_spaces()
            elif step.is_separator:
                self._separator()
            elif self.skipped > 0:
                self.skipped -= 1
            else:
                self.place += 1

    def _skip_spaces(self) -> None:
        while self.text[self.place : self.place + 1] in _SPACES and self.place < len(self.text):
            self.place += 1
            self.skipped += 1

    def _separator(self) -> None:
        self.skipped -= 1
        sign = self.text[self.place]
        if sign in _SPACES or ("!" <= sign <= "~" and not sign.isalnum()):
            self.place += 1
            self.skipped += 1

    def _field(self, step: _Step) -> None:
        if step.name in _WORDS:
            self._word(step)
        else:
            self._number(step)

    def _word(self, step: _Step) -> None:
        rest = self.text[self.place :].lower()
        for number, word in enumerate(_WORDS[step.name]):
            if rest.startswith(word):
                self.place += len(word)
                if len(_WORDS[step.name]) == 2:
                    self._set("half", number, step)
                    self.values["clock"] = 12
                else:
                    self._set("MM", number + 1, step)
                return
        shown = self.text[self.place :].split(" ")[0]
        raise EvaluationError(f'invalid value "{shown}" for "{step.name}"')

    def _number(self, step: _Step) -> None:
        length = _LENGTHS[step.name]
        rest = self.text[self.place :]
        # A length counts bytes
        head = rest.encode()[:length].decode(errors="ignore")
        if not step.is_open and len(rest.encode()) < length:
            raise EvaluationError(f'source string too short for "{step.name}" formatting field')
        digits = re.match(r"\s*[-+]?\d+", rest if step.is_open else head, re.ASCII)
        if digits is None or (not step.is_open and digits.end() < length):
            raise EvaluationError(f'invalid value "{head}" for "{step.name}"')
        value = counted(digits[0].strip())
        if not -_INT_MAX - 1 <= value <= _INT_MAX:
            raise EvaluationError(f'value for "{step.name}" in source string is out of range')
        self.place += digits.end()
        self._keep(step, value, digits.end())

    def _keep(self, step: _Step, value: int, length: int) -> None:
        if step.name == "US":
            value *= 10 ** max(6 - length, 0)
        if step.name in ("HH", "HH12"):
            self.values["clock"] = 12
        self._set("HH" if step.name.startswith("HH") else step.name, value, step)

    def _set(self, name: str, value: int, step: _Step) -> None:
        """Set a field. It may be given twice with the same value; 0 counts as missing."""
        if self.values.get(name, 0) not in (0, value):
            raise EvaluationError(
                f'conflicting values for "{step.name}" field in formatting string'
            )
        self.values[name] = value


def _parsed(text: str, steps: Sequence[_Step]) -> tuple[tuple[int, int, int], int]:
    """Year, month and day, and the microseconds of the day."""
    parsing = _Parsing(text)
    parsing.run(steps)
    values, message = parsing.values, f'date/time field value out of range: "{text}"'
    year = values.get("YYYY", 0)
    year += 1 if year < 0 else 0
    month, day = values.get("MM", 0), values.get("DD", 0)
    hour = _hour(values)
    if not (0 <= month <= 12 and 0 <= day <= 31):
        raise EvaluationError(message)
    month, day = month or 1, day or 1
    if day > month_length(year, month):
        raise EvaluationError(message)
    minute, second, micros = (values.get(name, 0) for name in ("MI", "SS", "US"))
    is_clock = 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60
    if not is_clock or not 0 <= micros < 1_000_000:
        raise EvaluationError(message)
    clock = ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros
    return (year, month, day), clock


def _hour(values: dict[str, int]) -> int:
    hour, is_later = values.get("HH", 0), values.get("half", 0)
    if "clock" not in values:
        return hour
    if not 1 <= hour <= 12:
        raise EvaluationError(f'hour "{hour}" is invalid for the 12-hour clock')
    return hour % 12 + (12 if is_later else 0)


def parsed_date(pattern: str) -> Callable[[str], int]:
    steps = _steps(pattern)

    def parsed(text: str) -> int:
        (year, month, day), _ = _parsed(text, steps)
        if is_countable(year, month) and DAY_MIN <= (result := day_of(year, month, day)) < DAY_END:
            return result
        raise EvaluationError(f'date out of range: "{text}"')

    return parsed


def parsed_moment(pattern: str) -> Callable[[str], int]:
    steps = _steps(pattern)

    def parsed(text: str) -> int:
        (year, month, day), clock = _parsed(text, steps)
        if not is_countable(year, month):
            raise EvaluationError("timestamp out of range")
        return checked_moment(day_of(year, month, day) * MICROS_A_DAY + clock)

    return parsed
