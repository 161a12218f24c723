"""Watching a project's view files: has anything been written, and is the writer done?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

SETTLE_S = 1.0
"""Files are read once they have stayed as they are for so long: an editor may empty a file before
it writes it, and a checkout writes many."""


class Watch:
    """The files that the patterns find below a folder."""

    def __init__(self, folder: Path, patterns: tuple[str, ...]) -> None:
        self._folder, self._patterns = folder, patterns
        self._taken = self._seen = self._look()
        self._seen_at = time.monotonic()

    def is_changed(self) -> bool:
        """Whether there is something to read; said once for each change."""
        found = self._look()
        if found != self._seen:
            self._seen, self._seen_at = found, time.monotonic()
        is_settled = time.monotonic() - self._seen_at >= SETTLE_S
        if not is_settled or self._seen == self._taken:
            return False
        self._taken = self._seen
        return True

    def _look(self) -> Mapping[Path, tuple[int, int, int]]:
        found = {}
        for pattern in self._patterns:
            for path in self._folder.glob(pattern):
                try:
                    told = path.stat()
                except OSError:
                    continue  # removed since it was listed
                found[path] = (told.st_mtime_ns, told.st_size, told.st_ino)
        return found
