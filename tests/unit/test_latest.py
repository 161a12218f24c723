"""The status gathered last, while the next one hangs."""

from __future__ import annotations

import threading

from rederive.http.latest import Latest
from rederive.status.record import Status


def test_an_old_status_is_not_told_as_that_of_now() -> None:
    may_end = threading.Event()
    may_end.set()
    gathered: list[Status] = []

    def gather() -> Status:
        assert may_end.wait(60)
        gathered.append(Status({}, ()))
        return gathered[-1]

    latest = Latest(gather)
    first = latest.get(2, 60)
    assert first is not None and first.status is gathered[0]
    may_end.clear()
    assert latest.get(0, 0.01) is first
    assert latest.get(0, 0.01, 60) is first
    assert latest.get(0, 0.01, 0) is None
    may_end.set()
    second = latest.get(0, 60, 60)
    assert second is not None and second is not first
