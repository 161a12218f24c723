"""Who writes a sink: one start of one pipeline, until another one claims it.

Each claim begins another epoch of the sink. A target compares the run in its control record with
the writer's, in one step with every write: what was claimed by another run can write no more.
"""

from __future__ import annotations

from dataclasses import dataclass

from materializers.errors import NotOwner, SinkError
from materializers.writer import Writer

TAKE_OVER = "take its sinks over with `rederive materialize --take-over`"


@dataclass(frozen=True, slots=True)
class Owner:
    """What a sink's control record says. `epoch` rises with every claim. `tenure`: the run with
    which an unbroken line of starts of one state began; generations made before it are nobody's.
    `silence_s`: since the last sign of life, by the target's clock where it tells one.
    `has_ended`: it said that it stops."""

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
    """Why a write was refused: another run has claimed the sink, or its record is gone."""
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
    """Another process was faster with its claim."""
    return SinkError(f"sink {sink}: another process claims it too.", is_retryable=True)


def other_sinks(place: str, sink: str) -> SinkError:
    """The target's place is kept by a sink of another name."""
    return SinkError(
        f"{place} exists and is not of sink {sink}.",
        fix=f"rename or drop it, or give {sink} another place in its options.",
    )
