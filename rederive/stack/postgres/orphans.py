"""Backends that outlive a killed postmaster: the next one refuses to start beside them.

They end by themselves once they notice; busy ones take a while. All of them hold the shared memory
segment that `postmaster.pid` names (line 7: key and id), and the kernel counts its holders.
"""

import time
from pathlib import Path

from rederive.stack.errors import StackError

SEGMENTS = Path("/proc/sysvipc/shm")
TIMEOUT_S = 30.0
POLL_S = 0.05


def wait_for_orphans(data: Path) -> None:
    """Return when nobody holds the cluster's shared memory; its postmaster must be gone.

    Raises StackError where that takes longer than TIMEOUT_S.
    """
    end = time.monotonic() + TIMEOUT_S
    while _holders(data) > 0:
        if time.monotonic() > end:
            raise StackError(
                f"backends of a killed PostgreSQL still run on {data}.",
                fix="end the processes named 'postgres:' by hand.",
            )
        time.sleep(POLL_S)


def _holders(data: Path) -> int:
    """How many processes are attached to the segment (proc(5), sysvipc: nattch)."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists() or not SEGMENTS.exists():
        return 0
    lines = pid_file.read_text().splitlines()
    words = lines[6].split() if len(lines) > 6 else []
    if len(words) != 2:
        return 0
    for line in SEGMENTS.read_text().splitlines()[1:]:
        key, segment, _, _, _, _, attached, *_ = line.split()
        if (key, segment) == (words[0], words[1]):
            return int(attached)
    return 0
