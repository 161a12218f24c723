"""Consoles that mask the project's secrets."""

from __future__ import annotations

import logging
from typing import Any

from rich.console import Console
from rich.text import Text

from cdc.scrubber import scrub


class ScrubbingConsole(Console):
    """`print` masks secrets. Values for `out`, and cells of tables, must be scrubbed before."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(_scrubbed(each) for each in objects), **options)


class ScrubbingFormatter(logging.Formatter):
    """Log lines without secrets, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


def log_nothing_unasked() -> None:
    """Logging before a command sets it up: warnings of ours, without secrets. librdkafka is
    silenced: it repeats each message a hundred times a minute, and the command says it once."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(ScrubbingFormatter())
    client = logging.getLogger("rederive.kafka")
    if not client.handlers:
        client.addHandler(logging.NullHandler())


def _scrubbed(shown: Any) -> Any:
    if isinstance(shown, str):
        return scrub(shown)
    if isinstance(shown, Text) and (plain := scrub(shown.plain)) != shown.plain:
        return Text(plain, style=shown.style)
    return shown
