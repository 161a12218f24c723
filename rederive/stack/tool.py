"""A short-lived program run to its end, its words kept for the error message."""

import subprocess
from collections.abc import Sequence

from rederive.stack.environment import server_environment
from rederive.stack.errors import StackError


def run_tool(command: Sequence[str], timeout_s: float) -> subprocess.CompletedProcess[str]:
    """Run a program with nothing on its input; the caller judges its exit code.

    Raises StackError where it cannot be run or takes longer than `timeout_s` seconds.
    """
    try:
        return subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=server_environment(),
            timeout=timeout_s,
        )
    except OSError as error:
        raise StackError(f"{command[0]} cannot be run: {error.strerror}.") from error
    except subprocess.TimeoutExpired as error:
        raise StackError(f"{command[0]} did not end within {timeout_s:.0f} s.") from error
