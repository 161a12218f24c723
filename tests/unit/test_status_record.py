"""The parts of a status record."""

from __future__ import annotations

import pytest

from rederive.status.record import Level, Problem


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("It is gone.", "It is gone.", ""),
        ("It is gone. Fix: make it.", "It is gone.", "make it"),
        ("sink s: it is gone", "it is gone", ""),
        ("The fix of 'Fix: x' is odd. Fix: do.", "The fix of 'Fix: x' is odd.", "do"),
    ],
)
def test_what_a_process_tells_is_taken_apart(text: str, message: str, fix: str) -> None:
    assert Problem.of(Level.STOPPED, "sink s", text) == Problem(
        Level.STOPPED, "sink s", message, fix
    )
