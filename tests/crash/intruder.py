"""A second pipeline over the same sinks, started while the first one works and is killed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from dataclasses import dataclass, field

from tests.commands import rederive
from tests.crash.bank import Processes

ENDED_TIMEOUT_S = 90.0
TAKEN_OVER, ANOTHERS = "has taken it over; this process stops", "belongs to another pipeline"


@dataclass
class Intruder:
    """A copy of the project `first`, with a state of its own; `dsn`: the source's."""

    first: Processes
    rng: random.Random
    dsn: str
    own: Processes = field(init=False)
    refused: int = 0
    took_over: int = 0

    def __post_init__(self) -> None:
        folder = self.first.project.with_name("intruder")
        self.own = Processes(folder)
        shutil.copytree(
            self.first.project, folder, ignore=shutil.ignore_patterns(".rederive", "*.log")
        )

    def is_refused(self) -> bool:
        """Start it without an option: the sinks belong to another one, alive or dead."""
        ended = rederive(self.own.project, "materialize", timeout_s=ENDED_TIMEOUT_S)
        self.refused += 1
        return ended.returncode == 1 and ANOTHERS in ended.stderr

    def take_over(self) -> None:
        """Take the sinks over. The first one stops, says why, and takes them back a little later,
        whatever the intruder does by then."""
        process = self.first.running.pop("materialize")
        self.own.start("materialize", "--take-over")
        if self.rng.random() < 0.5:
            os.kill(process.pid, signal.SIGSTOP)  # a machine that hangs, and wakes up replaced
            time.sleep(self.rng.uniform(0, 3))
            os.kill(process.pid, signal.SIGCONT)
        assert process.wait(ENDED_TIMEOUT_S) == 1, self.first.tail("materialize")
        said = self.first.tail("materialize")  # the latter where it had not claimed one yet
        assert any(words in said for words in (TAKEN_OVER, ANOTHERS)), said
        time.sleep(self.rng.uniform(0, 4))
        if self.rng.random() < 0.5:
            self.own.kill("materialize")
            self.first.start("materialize", "--take-over")
        else:
            self.first.start("materialize", "--take-over")
            fenced = self.own.running.pop("materialize")
            assert fenced.wait(ENDED_TIMEOUT_S) == 1, self.own.tail("materialize")
        self.took_over += 1
