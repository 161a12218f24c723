"""What no command handles, as one line: errors of threads, and of objects that are thrown away."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import traceback
from typing import NoReturn

from cdc.scrubber import scrub
from cdc.unexpected import as_rederive_error


def show(error: BaseException) -> None:
    """The error in one line on stderr, and its trace where `--debug` asks for it."""
    from rederive.cli.screen import show_error

    if is_debugging():
        sys.stderr.write(scrub("".join(traceback.format_exception(error))))
    show_error(as_rederive_error(error))


def is_debugging() -> bool:
    """Whether `--debug` was given."""
    return logging.getLogger("rederive").isEnabledFor(logging.DEBUG)


def debug() -> None:
    """Show traces from here on."""
    logging.getLogger("rederive").setLevel(logging.DEBUG)


def tell_of_threads() -> None:
    """A thread that fails says so in one line, as does what fails while it is thrown away."""

    def of_thread(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
            show(failed.exc_value)

    def of_object(failed: sys.UnraisableHookArgs) -> None:
        if is_debugging() and failed.exc_value is not None:
            show(failed.exc_value)

    threading.excepthook = of_thread
    sys.unraisablehook = of_object


def is_left_behind() -> bool:
    """Whether work or a question that nobody waits for any longer still sits in a C library: a
    client of a server that hangs, or DuckDB."""
    return any(each.daemon for each in threading.enumerate())


def end_at_once(ended: SystemExit) -> NoReturn:
    """End without the interpreter's end, which calls of C libraries in other threads do not
    survive."""
    end_quietly()
    os._exit(ended.code if isinstance(ended.code, int) else int(bool(ended.code)))


def end_quietly() -> None:
    """The last thing a process does: from here on Ctrl-C ends it at once, and a reader of its
    output that went away (`| head`) is no error."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
