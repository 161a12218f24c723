"""Reports errors that no command handles, of threads and of destructors, in one line."""

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
    """Show the error in one line on stderr, and under `--debug` its traceback."""
    from rederive.cli.screen import show_error

    if is_debugging():
        sys.stderr.write(scrub("".join(traceback.format_exception(error))))
    show_error(as_rederive_error(error))


def is_debugging() -> bool:
    """Whether `--debug` was given."""
    return logging.getLogger("rederive").isEnabledFor(logging.DEBUG)


def debug() -> None:
    """Show tracebacks from now on."""
    logging.getLogger("rederive").setLevel(logging.DEBUG)


def tell_of_threads() -> None:
    """Report a failed thread, and under `--debug` a failed destructor, in one line."""

    def of_thread(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
            show(failed.exc_value)

    def of_object(failed: sys.UnraisableHookArgs) -> None:
        if is_debugging() and failed.exc_value is not None:
            show(failed.exc_value)

    threading.excepthook = of_thread
    sys.unraisablehook = of_object


def is_left_behind() -> bool:
    """Whether abandoned work still runs inside a C library: a client of a server that hangs, or
    DuckDB."""
    return any(each.daemon for each in threading.enumerate())


def end_at_once(ended: SystemExit) -> NoReturn:
    """End without the interpreter's shutdown, which calls of C libraries in other threads do not
    survive."""
    end_quietly()
    os._exit(ended.code if isinstance(ended.code, int) else int(bool(ended.code)))


def end_quietly() -> None:
    """The last act of a process: from here on Ctrl-C ends it at once, and a closed output
    (`| head`) is no error."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
