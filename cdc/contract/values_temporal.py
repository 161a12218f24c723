"""Dates, times and intervals: PostgreSQL's ISO output (TimeZone UTC) -> ISO 8601 as Debezium's
`isostring` mode writes it.

Years before 1 and after 9999 take ISO's expanded form (`-0043` is 44 BC, `+12024`), as in
Debezium's stream. What ISO 8601 cannot express stays PostgreSQL's: `infinity`, `-infinity`, and
`24:00:00`, which Debezium clamps.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cdc.errors import ContractError

_INFINITIES = (b"infinity", b"-infinity")
_DATE = re.compile(rb"(\d{4,})(-\d\d-\d\d)( BC)?")
_TIMESTAMP = re.compile(rb"(\d{4,})(-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?(\+00)?( BC)?")
_INTERVAL = re.compile(
    rb"P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?"
    rb"(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?)?"
)
_MICROSECOND_DIGITS = 6


def date(value: bytes) -> bytes:
    """`2024-01-02` -> `"2024-01-02Z"`, `0044-03-15 BC` -> `"-0043-03-15Z"`."""
    if len(value) == 10:
        return b'"%bZ"' % value
    if value in _INFINITIES:
        return b'"%b"' % value
    match = _match(_DATE, value, "date", "DateStyle ISO")
    return b'"%b%bZ"' % (_year(match[1], match[3]), match[2])


def time(value: bytes) -> bytes:
    """`12:30:00.5` -> `"12:30:00.5Z"`."""
    return b'"%bZ"' % value


def timetz(value: bytes) -> bytes:
    """`12:30:00.5+00` -> `"12:30:00.5Z"`, `12:30:00-05:30` -> `"12:30:00-05:30"`. Keeps the offset,
    which Debezium drops by shifting to UTC."""
    if value[-3:] == b"+00":
        return b'"%bZ"' % value[:-3]
    # PostgreSQL omits an offset's minutes if zero; ISO 8601 requires them.
    return b'"%b:00"' % value if value[-3] in b"+-" else b'"%b"' % value


def timestamp(value: bytes) -> bytes:
    """`2024-01-02 03:04:05.6` -> `"2024-01-02T03:04:05.6Z"`."""
    if value[10:11] == b" " and value[-1] != 67:  # a C ends BC
        return b'"%bZ"' % value.replace(b" ", b"T")
    if value in _INFINITIES:
        return b'"%b"' % value
    return b'"%b%bT%b%bZ"' % _parts(value)


def timestamptz_encoder(typmod: int) -> Callable[[bytes], bytes]:
    """For `timestamptz(typmod)`: `2024-01-02 03:04:05.6+00` -> `"2024-01-02T03:04:05.600000Z"`.

    Debezium pads the fraction of this type, and of no other, to the column's precision.
    """
    digits = _MICROSECOND_DIGITS if typmod < 0 else typmod
    zeros = b"0" * digits
    whole = len("2024-01-02 03:04:05+00")
    full = whole + digits + 1 if digits else whole
    # PostgreSQL omits trailing zeros: length of the text -> the padding it lacks.
    missing = {full - count: zeros[:count] for count in range(digits)}
    missing[whole] = b"." + zeros if digits else b""

    def encode(value: bytes) -> bytes:
        if value[10:11] == b" " and value[-3:] == b"+00":
            if len(value) == full:
                return b'"%bZ"' % value[:-3].replace(b" ", b"T")
            if (fill := missing.get(len(value))) is not None:
                return b'"%bT%b%bZ"' % (value[:10], value[11:-3], fill)
        if value in _INFINITIES:
            return b'"%b"' % value
        year, day, clock, fraction = _parts(value, b"+00")
        # Longer than the precision, if the type was changed since: never cut.
        fraction = b"." + fraction[1:].ljust(digits, b"0") if fraction or digits else b""
        return b'"%b%bT%b%bZ"' % (year, day, clock, fraction)

    return encode


def interval(value: bytes) -> bytes:
    """`P1Y2DT3S` -> `"P1Y0M2DT0H0M3S"`: every field is written; infinity, which Debezium turns into
    zero, stays."""
    if value in _INFINITIES:
        return b'"%b"' % value
    match = _match(_INTERVAL, value, "interval", "IntervalStyle iso_8601")
    return b'"P%bY%bM%bDT%bH%bM%bS"' % match.groups(b"0")


def _parts(value: bytes, offset: bytes | None = None) -> tuple[bytes, bytes, bytes, bytes]:
    """Year in ISO's form, `-month-day`, time, and the fraction with its point or b""."""
    match = _match(_TIMESTAMP, value, "timestamp", "DateStyle ISO, TimeZone UTC")
    if match[5] != offset:
        raise _unreadable(value, "timestamp", "TimeZone UTC")
    return _year(match[1], match[6]), match[2], match[3], match[4] or b""


def _year(digits: bytes, era: bytes | None) -> bytes:
    if era is not None:
        # ISO 8601 has a year 0, which is 1 BC.
        before = int(digits) - 1
        return b"-%04d" % before if before else b"0000"
    return digits if len(digits) == 4 else b"+" + digits


def _match(pattern: re.Pattern[bytes], value: bytes, kind: str, settings: str) -> re.Match[bytes]:
    if (match := pattern.fullmatch(value)) is None:
        raise _unreadable(value, kind, settings)
    return match


def _unreadable(value: bytes, kind: str, settings: str) -> ContractError:
    return ContractError(
        f"PostgreSQL sent the {kind} {value.decode()!r}, which is not in the agreed form.",
        fix=f"Read rows under {settings} (SESSION_SETTINGS).",
    )
