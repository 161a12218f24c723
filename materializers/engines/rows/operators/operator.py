"""What an operator is: a relation, and the rule by which its changes follow from its inputs'.

While a batch goes through, what is kept is read as it was before the batch; the side after it is
that and the changes. Writes wait on a `Shelf` until the whole batch has gone through.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.shelf import Shelf


class Operator(ABC):
    """`inputs`: what it gets the changes of, and is among the `readers` of. `reads`: what it reads
    the kept rows of besides, and is among the `dependents` of. `number`: its place among all
    operators, behind those. `shelves`: what it keeps. `is_built`: whether it has seen all there
    is."""

    starts_alone: bool = False
    """Whether it may have rows where its inputs have none."""

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
        """Its changes, from those of each input; at least one has some, but for the first call.
        Called once a batch. Raises EvaluationError where PostgreSQL raises an error."""

    def first(self, deltas: Sequence[Delta]) -> Delta:
        """All its rows, from all rows of its inputs, where these were kept before it was made.
        Kept rows are read as they are after the batch."""
        return self.move(deltas)

    def whole(self) -> Delta:
        """All its rows, between two batches."""
        return self.first([each.whole() for each in self.inputs])

    def reached(self) -> Iterator[Operator]:
        """Itself and all that it is made of; some of them more than once."""
        waiting = [self]
        while waiting:
            operator = waiting.pop()
            yield operator
            waiting += (*operator.inputs, *operator.reads)

    def settle(self) -> None:  # noqa: B027  # most know nothing
        """The batch is over, its writes are done or dropped: forget what is known of it."""
