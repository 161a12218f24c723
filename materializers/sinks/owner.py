"""The owner of a sink: one start of one pipeline, until another claims the sink.

Each claim begins another epoch of the sink. With every write the target compares, in one step, the
run in its control record with the writer's: a former owner can write no more.
"""

from __future__ import annotations

from dataclasses import dataclass

from materializers.errors import NotOwner, SinkError
from materializers.writer import Writer

TAKE_OVER = "take its sinks over with `rederive materialize --take-over`"


@dataclass(frozen=True, slots=True)
class Owner:
    """The contents of a sink's control record. `epoch`: rises with every claim. `tenure`: the first
    run of an unbroken line of starts of one state; generations made before it are not continued.
    `silence_s`: since the last sign of life, by the target's clock if it has one. `has_ended`: the
    owner said that it stops."""

    writer: Writer
    epoch: int
    tenure: str
    silence_s: float
    has_ended: bool

    def __str__(self) -> str:
        if self.has_ended:
            return f"{self.writer}, which has ended"
        return f"{self.writer}, last sign of life {max(0.0, self.silence_s):.0f} s ago"


def lost_to(sink: str, owner: Owner | None) -> SinkError:
    """The error of a refused write: another run has claimed the sink, or its record is gone."""
    if owner is None:
        return SinkError(
            f"sink {sink}: its control record is gone.",
            fix="none needed: it is claimed again.",
            is_retryable=True,
        )
    return NotOwner(
        f"sink {sink}: {owner.writer} has taken it over; this process stops.",
        fix=f"leave the sink to that one; or stop it, and {TAKE_OVER}.",
    )


def claimed_meanwhile(sink: str) -> SinkError:
    """The error of a claim that came second."""
    return SinkError(f"sink {sink}: another process claims it too.", is_retryable=True)


def other_sinks(place: str, sink: str) -> SinkError:
    """The error of a place in the target that another sink's rows occupy."""
    return SinkError(
        f"{place} exists and is not of sink {sink}.",
        fix=f"rename or drop it, or give {sink} another place in its options.",
    )
