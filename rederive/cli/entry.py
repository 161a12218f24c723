"""The process's entry point. Until the command is known, Ctrl-C ends it silently."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys


def entry() -> None:
    """The command `rederive` as a process; raises SystemExit with 0, 1 or 2.

    Files made by it or a library are readable by its user only: they hold rows of the tables.
    """
    os.umask(0o077)
    if sys.stderr is not None:
        faulthandler.enable()  # else a crash inside a C library would be silent
    if (before := signal.getsignal(signal.SIGINT)) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from rederive.cli.faults import end_at_once, end_quietly, is_left_behind, tell_of_threads
    from rederive.cli.main import main

    signal.signal(signal.SIGINT, before)
    tell_of_threads()
    try:
        main()
    except (KeyboardInterrupt, SystemExit) as error:
        ended = error if isinstance(error, SystemExit) else SystemExit(128 + signal.SIGINT)
        if is_left_behind():
            end_at_once(ended)
        raise ended from None
    finally:
        end_quietly()
