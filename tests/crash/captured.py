"""A project that is only captured, and the wait for its first copy."""

from __future__ import annotations

import time
from typing import Any

from tests.capture.running import RunningCapture
from tests.crash.bank import Processes

PROJECT = """
[source.{name}]
type = "postgresql"
dsn = "{dsn}"
tables = ["public.*"]
heartbeat_interval_s = 0.5

[kafka]
"bootstrap.servers" = "{bootstrap}"
[kafka.topics]
partitions = 3
"""


def wait_for_complete_cut(capture: RunningCapture, processes: Processes, beyond: int = 0) -> None:
    deadline = time.monotonic() + 90
    while not any(cut.snapshot is None and cut.lsn >= beyond for cut in cuts(capture)[-1:]):
        assert processes.running["capture"].poll() is None, processes.tail("capture")
        assert time.monotonic() < deadline, processes.tail("capture")
        time.sleep(0.1)


def cuts(capture: RunningCapture) -> list[Any]:
    topic = f"{capture.source.name}.cuts"
    return capture.cuts() if topic in capture.topics() else []
