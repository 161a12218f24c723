"""The contract of a sink: one view, kept in one target, in generations.

A generation is one build of the view. At most one generation is live: the one readers see.
Every write belongs to a cut, whose version orders it, so that a replay is harmless, and to the
sink's owner, so that a process that was replaced writes no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from materializers.sinks.owner import Owner
from materializers.step import Step


@dataclass(frozen=True, slots=True)
class Generation:
    """What a sink says of one of its generations. `version` is -1 until its first step is done;
    `cut` is the cut reached, as JSON text (empty before); `is_live`: readers see this one."""

    number: int
    version: int
    cut: str
    is_live: bool


class Owned(Protocol):
    """What has one writer at a time: the one that it was opened with, once it has claimed it."""

    def owner(self) -> Owner | None:
        """What the control record says; None where nobody has claimed it."""

    def claim(self, tenure: str, over: Owner | None) -> None:
        """Make the writer the owner, in the epoch after that of `over`, the owner so far. From
        then on nothing that another run has begun, or begins, has an effect. Repeating it ends
        what a crash cut short. Raises SinkError where somebody else has claimed it since."""

    def sign(self, *, has_ended: bool = False) -> None:
        """Leave a sign of life, or say that no more are to come. Raises NotOwner."""


class Sink(Owned, Protocol):
    """One view in one target. Not thread-safe: one thread uses an instance at a time.

    Every method blocks until the effect is durable in the target, raises SinkError, and may be
    repeated after a crash at any point inside it. `create`, `write`, `switch` and `drop` raise
    NotOwner, and change nothing that a reader or the owner sees, where the target's control record
    names another run than the writer's: the target itself compares, in one step with the change.
    """

    def generations(self) -> Mapping[int, Generation]:
        """The generations that exist in the target, by number; empty where there is none."""

    def create(self, number: int) -> None:
        """Make an empty generation that nobody sees; one of that number that is not live is
        removed first. Raises SinkError where that number is live."""

    def write(self, number: int, step: Step) -> None:
        """Apply a step. Rows first, the generation's cut last (or all in one transaction), so
        that a crash in between is healed by repeating the step. A step whose version is below
        the one the generation has reached is ignored whole; one of the same version is applied
        again. A reader of the live generation never sees part of a step. A row that the target
        does not take, while it takes others, is given to `step.refusals`; a key to be deleted that
        it could never have taken is passed over. Raises SinkError where the generation does not
        exist."""

    def switch(self, number: int) -> None:
        """Make a generation the live one, in one step for readers; the one that was live
        stays until it is dropped."""

    def rehearse(self, number: int) -> None:
        """Raise what `switch` would raise now, and change nothing."""

    def drop(self, number: int) -> None:
        """Remove a generation that is not live; nothing happens where it does not exist. Raises
        SinkError where it is live."""

    def holds_rows(self, number: int) -> bool:
        """False where a generation that exists holds no row; a cheap question, so that True may
        also mean that it is not known yet."""

    def scan(self, number: int) -> Iterable[Mapping[str, Any]]:
        """All rows of a generation as column -> plain JSON value (as `plain.py` says), in no
        order; it reads the target itself, for comparison."""

    def close(self) -> None:
        """Release connections; the instance cannot be used afterwards."""
