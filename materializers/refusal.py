"""A row that a target refuses, and what becomes of it: set aside, or the end of the step."""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa

from materializers.errors import SinkError


class Refusals(Protocol):
    """Takes the rows of one step that its target refuses. One thread uses it."""

    def add(self, row: pa.RecordBatch, error: SinkError) -> None:
        """`row` is a batch of this row alone, with all the view's columns; `error` says why the
        target refuses it. Called at most once a key and step. Raises SinkError where the step is
        to end here."""

    def settle(self) -> None:
        """The sink has sent every row, and is about to store the cut: what was added is durable
        when this returns. Raises SinkError where it cannot be."""


class EndOfStep:
    """No row is set aside: the first that is refused ends the step, and nothing of it is seen."""

    def add(self, row: pa.RecordBatch, error: SinkError) -> None:
        raise error

    def settle(self) -> None:
        return
