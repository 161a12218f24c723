"""Files that survive a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, safe from a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(path: Path, target: Path) -> None:
    """Put a file in the place of another of the same file system, durably; the file itself has
    been synced."""
    path.replace(target)
    sync(target.parent)
