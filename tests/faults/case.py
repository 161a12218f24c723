"""One part in one bad condition, and what the commands must report of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.rig import SINKS

PROCESSES = ("capture", "materialize")
FAULTS = ("killed", "suspended", "starved", "slow", "refusing", "half-open")
_SHORT = {
    ("source", "half-open"), ("kafka", "refusing"), ("capture", "suspended"),
    ("materialize", "killed"), ("redis", "slow"), ("elasticsearch", "suspended"),
    ("sink", "half-open"), ("slot", "lost"), ("publication", "dropped"),
    ("materialize", "starved"), ("materialize", "refusing"), ("capture", "half-open"),
}  # fmt: skip
"""At least one case of each part and of each condition, the cheapest to heal."""
_UNREADY = {
    "source": ("capture",), "kafka": PROCESSES, **{part: ("materialize",) for part in SINKS}
}  # fmt: skip
"""Part -> the processes that need it."""


@dataclass(frozen=True)
class Case:
    """`statuses`: allowed exit statuses. `named`: the parts reported as wrong, empty where all may
    be well. `is_check_well`: whether `check` reports no fault, None: either. `is_passing`: readers
    get to see what is committed, sooner or later, during the fault."""

    part: str
    fault: str
    statuses: tuple[int, ...]
    named: tuple[str, ...]
    is_check_well: bool | None = False
    is_passing: bool = False

    def __str__(self) -> str:
        return f"{self.part}-{self.fault}"

    @property
    def is_short(self) -> bool:
        return (self.part, self.fault) in _SHORT

    @property
    def is_silent(self) -> bool:
        """Whether materialize, the only source for it, does not report what readers see."""
        return self.part == "materialize" and not self.is_passing

    @property
    def is_suspended(self) -> bool:
        """Whether one of the two processes is suspended by a signal."""
        return (self.part in PROCESSES and self.fault == "suspended") or "behind" in self.fault

    @property
    def silent(self) -> tuple[str, ...]:
        """The processes that cannot answer."""
        if self.part in PROCESSES:
            return (self.part,) if self.fault in ("killed", "suspended") else ()
        has_none = self.part == "slot" or self.fault == "dropped behind capture"
        return ("capture",) if has_none else ()

    @property
    def unready(self) -> tuple[str, ...]:
        """The processes that the fault makes not ready."""
        return () if self.is_passing else _UNREADY.get(self.part, ())

    @property
    def ready(self) -> tuple[str, ...]:
        """The processes that are ready all the same."""
        if self.is_passing:
            return ()
        return ("capture",) if self.part in ("materialize", *SINKS) else ()


def cases() -> Iterator[Case]:
    """Every possible combination."""
    for part in ("source", "kafka", *SINKS):
        name = f"sink {SINKS[part]}" if part in SINKS else part
        for fault in FAULTS:
            if fault == "slow":
                yield Case(part, fault, (0, 1), (), True, is_passing=True)
            elif fault == "starved":
                yield Case(part, fault, (0, 1), (), None, is_passing=True)
            else:
                yield Case(part, fault, (1,), (name,))
    for process in PROCESSES:
        for fault in ("killed", "suspended"):
            yield Case(process, fault, (2,), (process,), True)
        yield Case(process, "starved", (0, 1, 2), (), True, is_passing=True)
        yield Case(process, "slow", (0, 1), (), True, is_passing=True)
    # It works, but does not answer: readers see everything, and only materialize could say so.
    yield Case("capture", "refusing", (0, 1), (), True, is_passing=True)
    yield Case("capture", "half-open", (2,), ("capture",), True, is_passing=True)
    for fault in ("refusing", "half-open"):
        yield Case("materialize", fault, (2,), ("materialize",), True)
    yield Case("slot", "lost", (2,), ("slot", "capture"))
    # Capture mends its own one, and does not notice one that it cannot see.
    yield Case("publication", "dropped", (0, 1, 2), (), None, is_passing=True)
    yield Case("publication", "dropped behind capture", (2,), ("source", "capture"), None)
