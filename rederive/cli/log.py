"""Sets up logging while a command runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.logging import RichHandler

from cdc.log_settings import LogSettings
from cdc.unexpected import as_rederive_error
from rederive.cli.console import ScrubbingFormatter
from rederive.cli.faults import is_debugging
from rederive.cli.log_format import JsonFormatter, LineFormatter
from rederive.cli.screen import err
from rederive.http.log_counts import LogCounts
from rederive.seldom import Seldom

_REPORTED_BY_US = ("elastic_transport", "psycopg")
"""Libraries that warn of a lost connection, and raise an error as well: we log that one."""


@contextmanager
def logs(settings: LogSettings | None = None) -> Iterator[LogCounts]:
    """Log to stderr while a command runs. Of other libraries WARNING and above: lower levels show
    what they send, rows included. Yields the counts of records."""
    settings = settings or LogSettings()
    handler = _handler(settings)
    handler.addFilter(Seldom())
    counts = LogCounts()
    root, ours = logging.getLogger(), logging.getLogger("rederive")
    root.addHandler(handler)
    root.addHandler(counts)
    root.setLevel(max(logging.WARNING, _number(settings)))
    if not is_debugging():
        ours.setLevel(_number(settings))
    logging.getLogger("rederive.kafka").setLevel(max(logging.WARNING, _number(settings)))
    for library in _REPORTED_BY_US:
        logging.getLogger(library).setLevel(logging.ERROR)
    logging.captureWarnings(True)
    hook, threading.excepthook = threading.excepthook, _log_of_thread
    try:
        yield counts
    finally:
        threading.excepthook = hook
        logging.captureWarnings(False)
        root.removeHandler(counts)
        root.removeHandler(handler)


def _number(settings: LogSettings) -> int:
    return int(logging.getLevelNamesMapping()[settings.level.upper()])


def _handler(settings: LogSettings) -> logging.Handler:
    console = err()
    if settings.format == "text" and console.is_terminal:
        shown = RichHandler(console=console, show_path=False, markup=False)
        shown.setFormatter(ScrubbingFormatter("%(message)s"))
        return shown
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if settings.format == "json" else LineFormatter())
    return handler


def _log_of_thread(failed: threading.ExceptHookArgs) -> None:
    error = failed.exc_value
    if error is not None and not isinstance(error, SystemExit):
        trace = error if is_debugging() else None
        logging.getLogger("rederive").error("%s", as_rederive_error(error).logged, exc_info=trace)
