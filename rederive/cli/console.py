"""The consoles that everything is shown on: no secret of the project gets past them."""

from __future__ import annotations

import logging
from typing import Any

from rich.console import Console
from rich.text import Text

from cdc.scrubber import scrub


class ScrubbingConsole(Console):
    """`print` takes secrets out of texts. What goes by `out`, and the cells of tables, are taken
    from values that were scrubbed before."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(_scrubbed(each) for each in objects), **options)


class ScrubbingFormatter(logging.Formatter):
    """Log lines without secrets, traces among them."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


def log_nothing_unasked() -> None:
    """What is logged while a command has not set up its log: warnings of ours, without secrets.
    librdkafka says each thing some hundred times a minute, and the command itself once."""
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
