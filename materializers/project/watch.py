"""Watches a project's view files for complete changes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

SETTLE_S = 1.0
"""Files are read once unchanged for so long: an editor may empty a file before it writes it, and a
checkout writes many."""


class Watch:
    """The files that match the patterns below a folder."""

    def __init__(self, folder: Path, patterns: tuple[str, ...]) -> None:
        self._folder, self._patterns = folder, patterns
        self._taken = self._seen = self._look()
        self._seen_at = time.monotonic()

    def is_changed(self) -> bool:
        """Whether there is a complete change to read; True once for each change."""
        present = self._look()
        if present != self._seen:
            self._seen, self._seen_at = present, time.monotonic()
        is_settled = time.monotonic() - self._seen_at >= SETTLE_S
        if not is_settled or self._seen == self._taken:
            return False
        self._taken = self._seen
        return True

    def has_more(self) -> bool:
        """Whether the files are other ones now than at the last complete change."""
        return self._look() != self._taken

    def _look(self) -> Mapping[Path, tuple[int, int, int]]:
        files = {}
        for pattern in self._patterns:
            for path in self._folder.glob(pattern):
                try:
                    status = path.stat()
                except OSError:
                    continue  # removed since it was listed
                files[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
        return files
