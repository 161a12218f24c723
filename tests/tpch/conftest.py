"""The run's last lines: how each query of TPC-H is maintained, and how many by deltas."""

from __future__ import annotations

import pytest

KEPT = pytest.StashKey[dict[str, str]]()
"""Query -> "delta", "touched groups" or "full"."""


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say it once, where the test ran."""
    kept = config.stash.get(KEPT, None)
    if kept is None:
        return
    terminalreporter.section("TPC-H: how each query is kept")
    for way in ("delta", "touched groups", "full"):
        names = [name for name, its in kept.items() if its == way]
        terminalreporter.line(f"{way}: {len(names)} ({' '.join(names) or 'none'})")
    terminalreporter.line(
        f"{sum(way != 'full' for way in kept.values())} of 22 by deltas or touched groups"
    )
