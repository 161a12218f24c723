"""An open state as every thread of an engine sees it: its file, its position, and its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from materializers.engines.position import Position
from materializers.engines.refused_state import closed, removed


class OpenState:
    """`position`: as last committed. `is_closed`: no reader begins any more."""

    def __init__(self, path: Path, position: Position) -> None:
        self.path, self.position = path, position
        self.is_closed = False
        self._changed = threading.Condition()
        self._identity = _identity(path)

    @property
    def newest_version(self) -> int:
        """The last cut's version. Changes of an incomplete later cut count as the next version."""
        if self.position.cut is None:
            return 0
        return self.position.cut.version + (not self.position.is_exact)

    def reached(self, position: Position) -> None:
        """Set the committed position, and wake those who wait for it."""
        with self._changed:
            self.position = position
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until a position meets the condition, or the state is closed; False where neither
        comes in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.is_closed or condition(), max(0, timeout_s))

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """The state is not closed within the block. Raises StateError where it is closed."""
        with self._changed:
            if self.is_closed:
                raise closed(self.path)
            yield

    def require_file(self) -> None:
        """Raise StateError where the file was removed or replaced: writes would go to an
        unreachable file."""
        if _identity(self.path) != self._identity:
            raise removed(self.path)

    def close(self, release: Callable[[], None]) -> None:
        """Release the file once, and end all waits."""
        with self._changed:
            if not self.is_closed:
                self.is_closed = True
                release()
            self._changed.notify_all()


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of the file; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
