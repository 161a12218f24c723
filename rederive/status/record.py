"""The status record: the facts, and what is wrong.

Scripts use `exit_status`, people `problems`, machines everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from cdc.scrubber import scrubbed


class Level(IntEnum):
    """How bad it is; the value is the command's exit status.

    DEGRADED: something lags, starts, is retried or cannot be asked: it may pass by itself.
    STOPPED: something does not continue by itself: a process that is absent or hangs, a lost slot,
    a view or a sink that waits for an operator.
    """

    WELL = 0
    DEGRADED = 1
    STOPPED = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `part`: `source`, `slot`, `kafka`, `capture`, `materialize`, `view NAME` or
    `sink NAME`. `message`, `fix`: one line each."""

    level: Level
    part: str
    message: str
    fix: str = ""

    @classmethod
    def of(cls, level: Level, part: str, text: str) -> Problem:
        """A problem from a process's text, which may begin with the part and end with the fix."""
        before, _, after = text.removeprefix(f"{part}: ").rpartition(" Fix: ")
        return cls(level, part, before or after, after.rstrip(".") if before else "")

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {**asdict(self), "level": self.level.name.lower()}


@dataclass(frozen=True, slots=True)
class Status:
    """`facts`: the facts as a JSON object (docs/operations.md). `problems`: the worst first.
    `notes`: worth knowing, but nothing wrong."""

    facts: Mapping[str, Any]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        """The worst level."""
        return max((problem.level for problem in self.problems), default=Level.WELL)

    def as_json(self) -> dict[str, Any]:
        """All of it as a JSON object, without secrets."""
        record: dict[str, Any] = scrubbed(
            {
                "state": self.level.name.lower(),
                "exit_status": int(self.level),
                "problems": [problem.as_json() for problem in self.problems],
                "notes": list(self.notes),
                **self.facts,
            }
        )
        return record
