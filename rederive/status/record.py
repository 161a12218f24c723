"""The status record: what was found, and what is wrong with it.

Scripts go by `exit_status`, people by `problems`, machines by everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from cdc.scrubber import scrubbed


class Level(IntEnum):
    """How bad it is; the value is the command's exit status.

    DEGRADED: something lags, is starting, is retried or cannot be asked: it may pass by itself.
    STOPPED: something does not go on by itself: a process that is not there or hangs, a lost slot,
    a view or a sink that waits for an operator.
    """

    WELL = 0
    DEGRADED = 1
    STOPPED = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `part`: `source`, `slot`, `kafka`, `capture`, `materialize`,
    `view NAME` or `sink NAME`; `message` and `fix` are one line each."""

    level: Level
    part: str
    message: str
    fix: str = ""

    @classmethod
    def of(cls, level: Level, part: str, text: str) -> Problem:
        """The problem that a process tells as one text: maybe the part before it, its fix at the
        end."""
        before, _, after = text.removeprefix(f"{part}: ").rpartition(" Fix: ")
        return cls(level, part, before or after, after.rstrip(".") if before else "")

    def as_json(self) -> dict[str, Any]:
        """As JSON knows it."""
        return {**asdict(self), "level": self.level.name.lower()}


@dataclass(frozen=True, slots=True)
class Status:
    """`found`: the facts, as JSON knows them (see docs/operations.md); `problems`: the worst
    first, empty where all is well; `notes`: what is worth knowing and is nothing wrong."""

    found: Mapping[str, Any]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        """The worst there is."""
        return max((problem.level for problem in self.problems), default=Level.WELL)

    def as_json(self) -> dict[str, Any]:
        """All of it, as JSON knows it, without secrets."""
        told: dict[str, Any] = scrubbed(
            {
                "state": self.level.name.lower(),
                "exit_status": int(self.level),
                "problems": [problem.as_json() for problem in self.problems],
                "notes": list(self.notes),
                **self.found,
            }
        )
        return told
