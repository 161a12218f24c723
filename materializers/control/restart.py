"""Whom to ask while `materialize` may be restarting.

A killed process leaves its socket behind, and is usually restarted at once. A command that took the
state in between would keep it waiting.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from cdc.control import Control, socket_path
from materializers.control.state_lock import MATERIALIZE

RESTART_WAIT_S = 10.0
POLL_S = 0.1

log = logging.getLogger("rederive.materialize")


def awaited_control(folder: Path) -> Control | None:
    """The process that works on the state in `folder`, or after a kill its successor. None where
    it was stopped, or no successor came in time."""
    deadline, is_logged = time.monotonic() + RESTART_WAIT_S, False
    while (control := Control.connect(folder, MATERIALIZE)) is None:
        if not socket_path(folder, MATERIALIZE).exists() or time.monotonic() > deadline:
            return None
        if not is_logged:
            log.warning("materialize was killed: waiting for it to be started again")
            is_logged = True
        time.sleep(POLL_S)
    return control
