"""The contract of operators.

While a batch is propagated, stored rows are read as of before the batch; the rows after it are
these and the delta. Writes wait on a `Shelf` until the batch has been propagated.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.shelf import Shelf


class Operator(ABC):
    """`inputs`: the operators whose deltas it gets; it is among their `readers`. `reads`: those
    whose stored rows it reads besides; it is among their `dependents`. `number`: its position among
    all operators, after these. `shelves`: its state. `is_built`: whether it has seen all rows."""

    starts_alone: bool = False
    """Whether it may have rows where its inputs have none."""

    costs_its_size: bool = False
    """Whether a change costs it more than what changed. When tables are loaded part by part, it is
    filled at the end, at once."""

    def __init__(
        self, inputs: Sequence[Operator] = (), reads: Sequence[Operator] = (), *shelves: Shelf
    ) -> None:
        self.inputs = tuple(inputs)
        self.reads = tuple(reads)
        self.shelves = shelves
        self.readers: list[Operator] = []
        self.dependents: list[Operator] = []
        self.number = -1
        self.is_built = False

    @abstractmethod
    def move(self, deltas: Sequence[Delta]) -> Delta:
        """Its delta, from its inputs' deltas; at least one is not empty, except in the first call.
        Called once a batch. Raises EvaluationError where PostgreSQL raises an error."""

    def first(self, deltas: Sequence[Delta]) -> Delta:
        """All its rows, from all rows of inputs that were built before it. Stored rows are read as
        of after the batch."""
        return self.move(deltas)

    def whole(self) -> Delta:
        """All its rows, between two batches."""
        return self.first([each.whole() for each in self.inputs])

    def reached(self) -> Iterator[Operator]:
        """The operator and all below it; some of them more than once."""
        waiting = [self]
        while waiting:
            operator = waiting.pop()
            yield operator
            waiting += (*operator.inputs, *operator.reads)

    def saved(self) -> None:  # noqa: B027  # most remember nothing
        """Called when the batch is durable, before `settle`: what it changed may be remembered."""

    def settle(self) -> None:  # noqa: B027  # most know nothing
        """Called when the batch's writes are done or dropped: forget the batch."""
