"""One part in one bad condition, and what must be said of it."""

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
"""At least one of each part, and one of each condition, the cheapest to heal."""
_UNREADY = {
    "source": ("capture",), "kafka": PROCESSES, **{part: ("materialize",) for part in SINKS}
}  # fmt: skip
"""Part -> the processes that cannot serve without it."""


@dataclass(frozen=True)
class Case:
    """`statuses`: what the exit status may be; `named`: the parts that are said to be wrong, none
    where all may be well; `is_check_well`: whether `check` finds nothing wrong, None: either;
    `is_passing`: readers see what was committed, sooner or later, while the fault lasts."""

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
        """Whether materialize, the only one that could, does not say what readers see."""
        return self.part == "materialize" and not self.is_passing

    @property
    def is_suspended(self) -> bool:
        """Whether a process of ours is suspended by a signal."""
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
        """The processes that are not ready because of it."""
        return () if self.is_passing else _UNREADY.get(self.part, ())

    @property
    def ready(self) -> tuple[str, ...]:
        """The processes that serve all the same."""
        if self.is_passing:
            return ()
        return ("capture",) if self.part in ("materialize", *SINKS) else ()


def cases() -> Iterator[Case]:
    """Every combination that there is."""
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
    # It works, and says nothing: readers see everything, and only materialize could say so.
    yield Case("capture", "refusing", (0, 1), (), True, is_passing=True)
    yield Case("capture", "half-open", (2,), ("capture",), True, is_passing=True)
    for fault in ("refusing", "half-open"):
        yield Case("materialize", fault, (2,), ("materialize",), True)
    yield Case("slot", "lost", (2,), ("slot", "capture"))
    # One that is capture's own is mended by it, one that it cannot see is not.
    yield Case("publication", "dropped", (0, 1, 2), (), None, is_passing=True)
    yield Case("publication", "dropped behind capture", (2,), ("source", "capture"), None)
