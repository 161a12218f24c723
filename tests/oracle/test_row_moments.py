"""Dates, times and intervals of the row engine: read, computed with, shown, and PostgreSQL's answer
or message each time."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.times.time_operations import TIME_OPERATIONS
from materializers.engines.rows.type_io import input_of, output_of
from materializers.sql.functions.time_format import moment_pattern
from materializers.sql.types.sql_type import SqlType
from tests.oracle import odd_times
from tests.oracle.answering import Call, Server, literal, rows_of, unlike

TS, TZ, TIME = (
    "timestamp without time zone", "timestamp with time zone", "time without time zone"
)  # fmt: skip
_MOMENTS = ("date", TS, TZ, TIME)
POOLS: Mapping[str, Sequence[str]] = {
    "date": odd_times.DATES, TS: odd_times.TIMESTAMPS, TZ: odd_times.TIMESTAMPS,
    TIME: odd_times.TIMES, "interval": odd_times.SPANS, "double precision": odd_times.FACTORS,
    "integer": odd_times.COUNTS, "smallint": ("0", "5", "-7"),
}  # fmt: skip
MUTANTS, ROWS_MAX = 400, 300
_SIGNS = [*"0123456789-/.:+ TzZPYM", " Jan", " pm", " BC", "am", "EST", ",", " day", " ago", "s"]
_NOT_HERE = ('#error time zone "', '#error the time zone "')
"""POSIX specifications of zones with daylight saving time, and abbreviations that meant several
offsets, are not read here, and said so."""

TEXTS = {
    "date": odd_times.MOMENTS, TIME: odd_times.MOMENTS, TS: odd_times.MOMENTS,
    TZ: odd_times.MOMENTS, "interval": odd_times.INTERVALS,
}  # fmt: skip
_OF_DATES = "year month day dow isodow doy week isoyear quarter decade century millennium epoch"
_OF_CLOCKS = "hour minute second milliseconds microseconds"
_OF_SPANS = f"year month day decade century millennium epoch {_OF_CLOCKS}"
FIELDS = [
    *(("date", field) for field in f"{_OF_DATES} julian".split()),
    *((TS, field) for field in f"{_OF_DATES} {_OF_CLOCKS}".split()),
    *((TIME, field) for field in f"{_OF_CLOCKS} epoch".split()),
    *(("interval", field) for field in _OF_SPANS.split()),
]
UNITS = (
    "microseconds milliseconds second minute hour day month quarter year decade century millennium"
).split()
ZONES = (
    "Europe/Berlin", "america/new_york", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
    "PST8PDT", "Africa/Monrovia", "UTC", "<x>-3:30", "GMT+8",
)  # fmt: skip
CALLS = [
    *(Call(f"{{0}} {sign} {{1}}", sign, (one, *two)) for sign, one, *two in TIME_OPERATIONS if two
      and "bigint" not in (one, *two)),
    Call("- {0}", "-", ("interval",)),
    Call("age({0}, {1})", "age", (TS, TS)),
    *(Call(f"{name}({{0}})", name, ("interval",))
      for name in ("justify_hours", "justify_days", "justify_interval")),
    *(Call(f"extract({field} FROM {{0}})", "extract", (kind,), (field,)) for kind, field in FIELDS),
    *(Call(f"date_part('{field}', {{0}})", "date_part", (kind,), (field,))
      for kind in (TS, TIME, "interval") for field in ("second", "milliseconds", "epoch")),
    *(Call(f"date_trunc('{unit}', {{0}})", "date_trunc", (kind,), (unit,))
      for kind in (TS, "interval") for unit in UNITS),
    Call("date_trunc('week', {0})", "date_trunc", (TS,), ("week",)),
    Call("date_bin({0}, {1}, {2})", "date_bin", ("interval", TS, TS)),
    Call("to_timestamp({0})", "to_timestamp", ("double precision",)),
    *(Call(f"{{0}}::timestamp({digits})", "moment precision", (TS,), (digits,))
      for digits in range(7)),
    *(Call(f"{{0}} AT TIME ZONE '{zone}'", "timezone", (kind,), (zone,))
      for kind in (TS, TZ) for zone in ZONES if "/" in zone),
    Call("({0}, {1}) OVERLAPS ({2}, {3})", "overlaps", ("date",) * 4),
    Call("isfinite({0})", "isfinite", ("date",)),
    Call("isfinite({0})", "isfinite", (TZ,)),
]  # fmt: skip


def _mutated(text: str, choose: random.Random) -> str:
    for _ in range(choose.randrange(1, 3)):
        place = choose.randrange(len(text) + 1)
        end = place + choose.randrange(2)
        text = text[:place] + choose.choice(["", *_SIGNS]) + text[end:]
    return text


def _read(kind: str, text: str) -> str:
    try:
        return output_of(SqlType(kind))(input_of(SqlType(kind))(text))
    except EvaluationError as error:
        return f"#error {error}"


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_are_read(kind: str, server: Server, choose: random.Random) -> None:
    texts = list(TEXTS[kind])
    expected = server.answers([literal(text, kind) for text in texts])
    found = [_read(kind, text) for text in texts]
    pairs = list(zip(texts, found, expected, strict=True))
    assert not [each for each in pairs if each[1] != each[2] and len(each[0]) < 200]
    assert not [each for each in pairs if _is_error(each[1]) != _is_error(each[2])]


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_with_faults_are_read(kind: str, server: Server, choose: random.Random) -> None:
    """Which one of several faults the message names, is open."""
    texts = [_mutated(choose.choice(TEXTS[kind]), choose) for _ in range(MUTANTS)]
    expected = server.answers([literal(text, kind) for text in texts])
    found = [_read(kind, text) for text in texts]
    unlike_ones = [
        each
        for each in zip(texts, found, expected, strict=True)
        if each[1] != each[2]
        and not (_is_error(each[1]) and _is_error(each[2]))
        and not each[1].startswith(_NOT_HERE)
    ]
    assert not unlike_ones


def _is_error(text: str | None) -> bool:
    return text is not None and text.startswith("#error")


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.sql} {call.kinds[0]}")
def test_values_are_computed_with(call: Call, server: Server, choose: random.Random) -> None:
    pools = [[*POOLS[kind], *_random_ones(kind, choose)] for kind in call.kinds]
    assert not unlike(server, call, rows_of(pools, ROWS_MAX, choose))


def _random_ones(kind: str, choose: random.Random) -> list[str]:
    if kind == "interval":
        parts = ((3_000, "mons"), (999, "days"), (10**13, "us"))
        return [" ".join(f"{choose.randint(-n, n)} {word}" for n, word in parts) for _ in range(20)]
    bounds = {"date": (-700_000, 2_000_000), TIME: (0, 86_399_999_999)}
    low, high = bounds.get(kind, (-60 * 10**15, 250 * 10**15))
    show = output_of(SqlType(kind))
    return [show(choose.randint(low, high)) for _ in range(20)] if kind in _MOMENTS else []


def test_zones_are_named_by_rows(server: Server, choose: random.Random) -> None:
    names = [*ZONES, "PST", "cest", "-08", "bogus", "", "Mars/Olympus", "utc+5:30:15", "posix/UTC"]
    for kind in (TS, TZ):
        call = Call("timezone({0}, {1})", "timezone", ("text", kind))
        rows = rows_of([names, POOLS[kind]], 600, choose)
        assert not unlike(server, call, rows)
        call = Call("timezone({0}, {1})", "timezone", ("interval", kind))
        assert not unlike(server, call, rows_of([POOLS["interval"], POOLS[kind]], 600, choose))


# patterns

_FIELDS = (
    "YYYY YYY YY Y IYYY IYY IY I MM DD DDD IDDD D ID WW W IW Q CC J HH24 HH12 HH MI SS MS US"
    " SSSSS SSSS MONTH Month month MON Mon mon DAY Day day DY Dy dy AM am PM pm A.M. a.m. P.M. p.m."
).split()


def test_moments_are_shown_by_patterns(server: Server, choose: random.Random) -> None:
    patterns = [f"{fill}{field}|" for field in _FIELDS for fill in ("", "FM")]
    gaps = [" ", "-", "/", ":", ",", "T", '"T"', '"a\\"b"']
    patterns += ["".join(choose.choice([*_FIELDS, *gaps]) for _ in range(5)) for _ in range(40)]
    for kind in (TS, "date"):
        for pattern in [*patterns, ""]:
            try:
                pieces = moment_pattern(pattern, is_zoned=False)
            except ValueError:
                continue
            written = pattern.replace("{", "{{").replace("}", "}}")
            call = Call(f"to_char({{0}}, '{written}')", "to_char", (kind,), pieces)
            assert not unlike(server, call, rows_of([POOLS[kind]], 5, choose))


READ_BY = (
    "YYYY-MM-DD", "YYYY-MM-DD HH24:MI:SS", "YYYYMMDD", "YYYYMMDDHH24MISS", "DD.MM.YYYY",
    "DD Mon YYYY", "Month DD, YYYY", "HH12:MI AM", "HH:MI:SS PM YYYY/MM/DD",
    'YYYY-MM-DD"T"HH24:MI:SS', 'YYYY"year"MM', "YYYY", "US", "SS.US", "YYYY  MM", "YYYY--MM",
    "-YYYY", "YYYY MM MM", "YYYYMon", "MonDD", "DDYYYY", "HH24MI", "HH24 MI 1", "YYYYUS",
    "\\YYYY", 'YYYY\\"MM', "YYYY1MM",
)  # fmt: skip
READ = (
    "2024-02-29", "2024-02-30", "2024-2-9", "  2024 - 02 - 29", "20240229", "20240229101112",
    "29.02.2024", "29 Feb 2024", "february 29, 2024", "11:30 PM", "12:30 am", "13:00 AM",
    "0:30 PM", "10:11:12 PM 2024/02/29", "2024-02-29T10:11:12.5", "2024year02", "2024", "123",
    "  2024year02", "0.5", "2024 5 6", "-2024-01-01", "+2024-01-01", "99999-01-01", "294277-01-01",
    "5874898-01-01", "2024Feb", "Feb29", "292024", "10 11 1", "a", "", "2024-",
    "2024-02-29 25:00:00", "2024-02-29 10:61:00", "99999999999-01-01", "2024-13-01",
    "0000-01-01", "12.5", "Mai 5", "May 5", "2024 12 11", "ÄB,c", "9" * 5_000,
)  # fmt: skip


@pytest.mark.parametrize("name", ["to_date", "to_timestamp"])
def test_moments_are_read_by_patterns(name: str, server: Server) -> None:
    for pattern in READ_BY:
        call = Call(f"{name}({{0}}, '{pattern}')", name, ("text",), (pattern,))
        assert not unlike(server, call, [(text,) for text in READ])
