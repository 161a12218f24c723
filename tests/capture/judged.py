"""What capture reports of tables before it starts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cdc.check import Check
from cdc.errors import PreflightError
from cdc.preflight import preflight
from tests.capture.running import RunningCapture


@pytest.fixture(params=["newest", "oldest"])
def capture(
    request: pytest.FixtureRequest, capture: RunningCapture, older_capture: RunningCapture
) -> RunningCapture:
    """On the newest and on the oldest supported server."""
    return capture if request.param == "newest" else older_capture


def faults(capture: RunningCapture, *tables: str) -> dict[str, Check]:
    """Faults by name, each in one line with its fix."""
    source = replace(capture.source, tables=tables or ("public.*",))
    found = [check for check in preflight(source, capture.kafka) if not check.ok]
    assert all(check.fix and "\n" not in check.message + check.fix for check in found), found
    return {check.name: check for check in found}


def refused(capture: RunningCapture, *tables: str) -> PreflightError:
    """The error of capture's start; asserts that nothing was created at the source."""
    with capture.with_settings(tables=tables):
        error = capture.ended()
    assert isinstance(error, PreflightError), error
    slots = capture.one(
        "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"
    )
    assert (slots, capture.one("SELECT count(*) FROM pg_publication")) == (0, 0)
    return error
