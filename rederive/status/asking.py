"""Asks several servers at once, within a deadline.

Each client has a time-out of its own. The deadline is for calls that overlook theirs: such a thread
is abandoned, and ends with its call or the process.
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
    """One question, asked in a thread of its own."""

    def __init__(self, question: Callable[[], Answer]) -> None:
        super().__init__(name="ask", daemon=True)
        self._question = question
        self._answer: Answer | None = None
        self._error: RederiveError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._answer = self._question()
        except Exception as error:  # returned as the answer
            self._error = as_rederive_error(error)

    def answer(self, deadline: float, timeout_s: float) -> Answer | RederiveError:
        """The answer, or why there is none by the deadline (monotonic clock)."""
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
    """The answers, or why there is none within `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    asked = {key: Asked(question) for key, question in questions.items()}
    return {key: each.answer(deadline, timeout_s) for key, each in asked.items()}
