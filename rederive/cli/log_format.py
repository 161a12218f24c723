"""How a log record looks: a line for people, or a JSON object a line for machines.

Neither shows a value of a row: messages are made without (`RederiveError.logged`), and of an
exception only its kind and the places it came through are shown, for its text may be anything. Nor
does either show a secret of the project.
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
    """When it was logged, in UTC."""
    at = datetime.fromtimestamp(record.created, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def trace_of(error: BaseException) -> str:
    """Where the exception and what caused it came through, without their texts."""
    parts = []
    seen: BaseException | None = error
    while seen is not None:
        frames = "".join(traceback.format_tb(seen.__traceback__))
        parts.append(f"{frames}{type(seen).__name__}")
        seen = seen.__cause__ or seen.__context__
    return "Traceback (most recent call last):\n" + "\ncaused by\n".join(parts)


class LineFormatter(logging.Formatter):
    """`2026-11-26T20:42:03.123Z INFO rederive.capture: …`, each record one line, but for the trace
    that `--debug` asks for."""

    def format(self, record: logging.LogRecord) -> str:
        said = " ".join(record.getMessage().split("\n"))
        line = f"{time_of(record)} {record.levelname} {record.name}: {said}"
        error = record.exc_info[1] if record.exc_info else None
        return scrub(line if error is None else f"{line}\n{trace_of(error)}")


class JsonFormatter(logging.Formatter):
    """`ts`, `level`, `logger`, `message`, then what the record has of `view`, `sink`, `table` and
    other fields; `exception` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        told = {"message": record.getMessage(), **dict(_fields(record))}
        if record.exc_info and record.exc_info[1] is not None:
            told["exception"] = trace_of(record.exc_info[1])
        shown = {
            "ts": time_of(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            **scrubbed(told),
        }
        return orjson.dumps(shown, default=str).decode()


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    """What the project's own records carry beside their message."""
    if record.name.startswith("rederive"):
        for name, value in record.__dict__.items():
            if name not in _OWN:
                yield name, value
