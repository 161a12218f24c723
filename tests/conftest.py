"""Plugins of the whole run, and what every test must leave behind: no trace of an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.leftovers import end_leftovers

pytest_plugins = ["tests.fix_servers"]

# How long a busy machine takes for an example says nothing about it
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

TRACE = "Traceback (most recent call last)"


@pytest.fixture(autouse=True)
def no_trace(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails a test in whose logs a trace stands: of the processes that it started, which write
    into its folder, and of its own. Threads that die are failures by themselves."""
    yield
    if request.node.get_closest_marker("shows_trace") is not None:
        return
    found = [f"{log}:\n{text}" for log, text in _logs(request.node) if TRACE in text]
    for phase in ("setup", "call"):
        for record in caplog.get_records(phase):
            if not record.name.startswith("rederive"):
                continue  # the command hides what other libraries log (`screen.py`)
            if record.exc_info or TRACE in record.getMessage():
                found.append(f"{record.name}: {record.getMessage()}")
    assert not found, "a trace reached a log:\n" + "\n".join(found)


@pytest.fixture(autouse=True)
def no_leftovers(no_trace: None) -> Iterator[None]:
    """Ends what a test that failed has left at work; only then its logs are whole."""
    yield
    end_leftovers()


def _logs(item: pytest.Item) -> Iterator[tuple[Path, str]]:
    folder = (getattr(item, "funcargs", None) or {}).get("tmp_path")
    if folder is None:
        return
    for log in sorted(folder.rglob("*.log")):
        if log.is_file():
            yield log, log.read_text(errors="replace")
