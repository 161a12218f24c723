"""Dates, times and intervals: PostgreSQL's ISO output (TimeZone UTC) -> ISO 8601 as Debezium's
`isostring` mode writes it. What ISO 8601 cannot say (infinity, BC) stays PostgreSQL's text."""

from __future__ import annotations

import re

_INTERVAL = re.compile(
    rb"P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?"
    rb"(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?)?"
)


def date(value: bytes) -> bytes:
    """`2024-01-02` -> `"2024-01-02Z"`; infinity and BC as they are."""
    return b'"%bZ"' % value if value[-1] <= 57 else b'"%b"' % value


def time(value: bytes) -> bytes:
    """`12:30:00.5` -> `"12:30:00.5Z"`."""
    return b'"%bZ"' % value


def timetz(value: bytes) -> bytes:
    """`12:30:00.5+02` -> `"12:30:00.5+02:00"`, UTC as `Z`."""
    return b'"%b"' % value


def timestamp(value: bytes) -> bytes:
    """`2024-01-02 03:04:05.6` -> `"2024-01-02T03:04:05.6Z"`; infinity and BC as they are."""
    if value[-1] <= 57:
        return b'"%bZ"' % value.replace(b" ", b"T")
    return b'"%b"' % value


def timestamptz(value: bytes) -> bytes:
    """`2024-01-02 03:04:05.6+00` -> `"2024-01-02T03:04:05.6Z"`; infinity and BC as they are."""
    if value[-1] <= 57:
        return b'"%bZ"' % value[:-3].replace(b" ", b"T")
    return b'"%b"' % value


def interval(value: bytes) -> bytes:
    """`P1Y2DT3S` -> `"P1Y0M2DT0H0M3S"`: every field is named; infinity as it is."""
    found = _INTERVAL.fullmatch(value)
    if found is None:
        return b'"%b"' % value
    return b'"P%bY%bM%bDT%bH%bM%bS"' % found.groups(b"0")
