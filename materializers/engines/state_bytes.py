"""What a state takes on disk, whether or not an engine has it open."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from materializers.engines.engine import STATE_FILE


def state_bytes(folder: Path) -> int:
    """The size of the state in a folder: all files that bear its name, whatever their ending (logs,
    the row engine's); 0 where there is none."""
    size = 0
    for path in folder.glob(f"{Path(STATE_FILE).stem}.*"):
        with suppress(FileNotFoundError):  # an engine may be at work
            size += path.stat().st_size if path.is_file() else 0
    return size
