"""Work in a thread for the length of a block; its error is raised at the block's end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType


class Background:
    """Runs `work` beside a `with` block. At its end `end` asks the work to stop, and the block
    waits for it. Without `end`, a block that fails leaves the thread running."""

    def __init__(
        self, name: str, work: Callable[[], None], end: Callable[[], None] | None = None
    ) -> None:
        self._work, self._end = work, end
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def is_alive(self) -> bool:
        """Whether the work still goes on."""
        return self._thread.is_alive()

    def __enter__(self) -> Background:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._end is not None:
            self._end()
        if self._end is not None or error is None:
            self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self._failure = error  # raised where the block ends
