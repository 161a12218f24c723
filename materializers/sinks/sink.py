"""The contract of a sink: one view in one target, in generations.

A generation is one build of the view in the sink. At most one is live: the one that readers see.
Every write belongs to a cut, whose version orders it, so a replay is harmless. It belongs to the
sink's owner, so a process that was replaced can write no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from materializers.sinks.owner import Owner
from materializers.step import Step


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of a sink. `version`: -1 until its first step is complete. `cut`: the cut
    reached, as JSON ("" before). `is_live`: readers see it."""

    number: int
    version: int
    cut: str
    is_live: bool


class Owned(Protocol):
    """Something with one writer at a time: the one it was opened with, once that has claimed it."""

    def owner(self) -> Owner | None:
        """The owner by the control record; None if nobody has claimed it."""

    def claim(self, tenure: str, over: Owner | None) -> None:
        """Make the writer the owner, in the epoch after that of `over`, the former owner. From then
        on no write of another run, begun or not, has an effect. Repeating it completes what a crash
        interrupted. Raises SinkError where somebody else has claimed it since."""

    def sign(self, *, has_ended: bool = False) -> None:
        """Leave a sign of life, or with `has_ended` the last one. Raises NotOwner."""


class Sink(Owned, Protocol):
    """One view in one target. Not thread-safe: one thread uses an instance at a time.

    Every method blocks until its effect is durable in the target, or raises SinkError. It may be
    repeated after a crash at any point inside it. `create`, `write`, `switch` and `drop` raise
    NotOwner, and change nothing that a reader or the owner sees, where the target's control record
    names another run than the writer's. The target itself compares, in one step with the change.
    """

    def generations(self) -> Mapping[int, Generation]:
        """The generations in the target, by number."""

    def create(self, number: int) -> None:
        """Make an empty generation that readers do not see. Replaces one of that number that is not
        live. Raises SinkError where that number is live."""

    def write(self, number: int, step: Step) -> None:
        """Apply a step: rows first, the generation's cut last (or all in one transaction), so that
        repeating the step repairs a crash in between. A step with a lower version than the
        generation's is ignored; one with the same version is applied again. Readers of the live
        generation never see part of a step. A row that the target refuses, while it takes others,
        goes to `step.refusals`. Deleting a key that the target could never have taken does nothing.
        Raises SinkError where the generation does not exist."""

    def switch(self, number: int) -> None:
        """Make a generation the live one, in one step for readers. The former one stays until it
        is dropped."""

    def rehearse(self, number: int) -> None:
        """Raise what `switch` would raise now, without an effect."""

    def drop(self, number: int) -> None:
        """Remove a generation that is not live, if it exists. Raises SinkError where it is live."""

    def holds_rows(self, number: int) -> bool:
        """False if an existing generation has no row. A cheap query: True may also mean that this
        is not known yet."""

    def scan(self, number: int) -> Iterable[Mapping[str, Any]]:
        """All rows of a generation as column -> plain JSON value (see `plain.py`), in no order.
        Reads the target itself, for comparison."""

    def close(self) -> None:
        """Release connections. The instance cannot be used afterwards."""
