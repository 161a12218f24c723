"""Formats of log records: a line for people, or a JSON object a line for machines.

Neither shows values of rows or secrets. Messages are made without values (`RederiveError.logged`);
of an exception only the type and the traceback's places are shown, as its text may hold anything.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from cdc.scrubber import scrub, scrubbed

_OWN = {*logging.LogRecord("", 0, "", 0, "", (), None).__dict__, "message", "asctime", "taskName"}


def time_of(record: logging.LogRecord) -> str:
    """The record's time, in UTC."""
    at = datetime.fromtimestamp(record.created, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def trace_of(error: BaseException) -> str:
    """The traceback of the exception and its causes, without their texts."""
    parts = []
    seen: BaseException | None = error
    while seen is not None:
        frames = "".join(traceback.format_tb(seen.__traceback__))
        parts.append(f"{frames}{type(seen).__name__}")
        seen = seen.__cause__ or seen.__context__
    return "Traceback (most recent call last):\n" + "\ncaused by\n".join(parts)


class LineFormatter(logging.Formatter):
    """`2026-11-26T20:42:03.123Z INFO rederive.capture: …`: one line a record, except for the
    traceback under `--debug`."""

    def format(self, record: logging.LogRecord) -> str:
        message = " ".join(record.getMessage().split("\n"))
        line = f"{time_of(record)} {record.levelname} {record.name}: {message}"
        error = record.exc_info[1] if record.exc_info else None
        return scrub(line if error is None else f"{line}\n{trace_of(error)}")


class JsonFormatter(logging.Formatter):
    """`ts`, `level`, `logger`, `message`, then the record's own fields, such as `view`, `sink` and
    `table`; `exception` if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"message": record.getMessage(), **dict(_fields(record))}
        if record.exc_info and record.exc_info[1] is not None:
            fields["exception"] = trace_of(record.exc_info[1])
        shown = {
            "ts": time_of(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            **scrubbed(fields),
        }
        return orjson.dumps(shown, default=str).decode()


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    """The fields that our records carry beside their message."""
    if record.name.startswith("rederive"):
        for name, value in record.__dict__.items():
            if name not in _OWN:
                yield name, value
