"""What an operator is: a relation, and the rule by which its changes follow from its inputs'.

While a batch goes through, what is kept is read as it was before the batch; the side after it is
that and the changes. Writes wait on a `Shelf` until the whole batch has gone through.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.shelf import Shelf


class Operator(ABC):
    """`inputs`: what it gets the changes of. `reads`: what it reads the kept rows of besides; these
    have moved before it. `number`: its place among all operators, behind all that it reads.
    `shelves`: what it keeps. `is_built`: whether it has moved once."""

    starts_alone: bool = False
    """Whether it may have rows where its inputs have none."""

    def __init__(
        self, inputs: Sequence[Operator] = (), reads: Sequence[Operator] = (), *shelves: Shelf
    ) -> None:
        self.inputs = tuple(inputs)
        self.reads = tuple(reads)
        self.shelves = shelves
        self.number = -1
        self.is_built = False

    @abstractmethod
    def move(self, deltas: Sequence[Delta]) -> Delta:
        """Its changes, from those of each input; at least one has some, but for the first call.
        Called once a batch. Raises EvaluationError where PostgreSQL raises an error."""

    def settle(self) -> None:  # noqa: B027  # most know nothing
        """The batch is over, its writes are done or dropped: forget what is known of it."""
