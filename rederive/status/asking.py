"""Asking several servers at once, none for longer than it may take.

Each client has a timeout of its own. The deadline here is for calls that overlook theirs: such a
thread is left behind, and ends when its call or the process does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from cdc.errors import RederiveError
from cdc.unexpected import as_rederive_error

Answer = TypeVar("Answer")
Key = TypeVar("Key")


class Asked(threading.Thread, Generic[Answer]):
    """One question, asked at once in a thread of its own."""

    def __init__(self, question: Callable[[], Answer]) -> None:
        super().__init__(name="ask", daemon=True)
        self._question = question
        self._answer: Answer | None = None
        self._error: RederiveError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._answer = self._question()
        except Exception as error:  # whoever asked is told
            self._error = as_rederive_error(error)

    def answer(self, deadline: float, timeout_s: float) -> Answer | RederiveError:
        """The answer, or why there is none by the deadline of the monotonic clock."""
        self.join(max(0.0, deadline - time.monotonic()))
        if self.is_alive():
            return RederiveError(f"No answer within {timeout_s:g} s.")
        if self._error is not None:
            return self._error
        answer: Answer = self._answer  # type: ignore[assignment]  # it has one, or an error
        return answer


def ask_all(
    questions: Mapping[Key, Callable[[], Answer]], timeout_s: float
) -> dict[Key, Answer | RederiveError]:
    """The answers, or why there is none within the time, which is that of the slowest."""
    deadline = time.monotonic() + timeout_s
    asked = {key: Asked(question) for key, question in questions.items()}
    return {key: each.answer(deadline, timeout_s) for key, each in asked.items()}
