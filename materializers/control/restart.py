"""Whom to ask while `materialize` may be on its way back.

A process that was killed leaves its socket behind, and is most often started again at once: to
take the state then would keep it waiting for as long as the work takes.
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
    """The process that works on the state in `folder`; where it was killed, its successor once it
    answers. None where it was stopped, or none came in time."""
    deadline, is_told = time.monotonic() + RESTART_WAIT_S, False
    while (control := Control.connect(folder, MATERIALIZE)) is None:
        if not socket_path(folder, MATERIALIZE).exists() or time.monotonic() > deadline:
            return None
        if not is_told:
            log.warning("materialize was killed: waiting for it to be started again")
            is_told = True
        time.sleep(POLL_S)
    return control
