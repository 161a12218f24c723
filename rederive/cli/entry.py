"""Where the process begins. Until the command is known, Ctrl-C ends it without a word."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys


def entry() -> None:
    """The command `rederive`, as a process of its own; raises SystemExit with 0, 1 or 2.

    Whatever it or a library makes is for its user alone: state and spilled rows are the tables.
    """
    os.umask(0o077)
    if sys.stderr is not None:
        faulthandler.enable()  # else the crash of a C library ends the process without a word
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
