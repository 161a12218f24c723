"""The command as a user runs it, in a process of its own that must not show a trace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import TRACE

TIMEOUT_S = 60.0


def rederive(
    folder: Path, *arguments: str, timeout_s: float = TIMEOUT_S
) -> subprocess.CompletedProcess[str]:
    """Run a command on the project in `folder` to its end."""
    command = [sys.executable, "-m", "rederive", "--project", str(folder), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s)
    assert TRACE not in ended.stderr + ended.stdout, ended.stderr
    return ended
