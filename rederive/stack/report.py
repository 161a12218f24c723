"""Progress of one server on its way up; saying a phase is also where a start can be given up."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from rederive.stack.errors import StackCancelled

OnProgress = Callable[[str, str, float | None], None]


@dataclass(frozen=True, slots=True)
class Report:
    """Tells `on_progress(server, phase, fraction)`, one call at a time over all servers."""

    server: str
    on_progress: OnProgress | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    given_up: threading.Event = field(default_factory=threading.Event)

    def say(self, phase: str, fraction: float | None = None) -> None:
        """Report a phase, and how much of it is done (0 to 1) where that is known.

        Raises StackCancelled once the start has been given up.
        """
        self.check()
        if self.on_progress is not None:
            with self.lock:
                self.on_progress(self.server, phase, fraction)

    def check(self) -> None:
        """Raise StackCancelled once the start has been given up."""
        if self.given_up.is_set():
            raise StackCancelled(f"{self.server}: start given up")
