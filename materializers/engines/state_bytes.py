"""A state's size on disk, whether or not an engine has it open."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from materializers.engines.engine import STATE_FILE


def state_bytes(folder: Path) -> int:
    """The bytes of the state in a folder: all files of its name, with any ending (logs, the row
    engine's file); 0 where there is none."""
    size = 0
    for path in folder.glob(f"{Path(STATE_FILE).stem}.*"):
        with suppress(FileNotFoundError):  # an engine may have removed it
            size += path.stat().st_size if path.is_file() else 0
    return size
