"""Every part of a pipeline in every bad condition: status, check and wait say what is so, in time;
healed, all is well again.

One pipeline goes through all of it. `--all-faults` takes every combination, else some of them: at
least one of each part, and one of each condition.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import orjson
import pytest

from stack.stack import Stack
from tests.commands import rederive
from tests.faults.rig import SINKS, Rig, working

ANSWER_MAX_S = 60.0
"""Far above what any answer may take on a slow machine, far below for ever."""
WAIT_S = 3
SLOW_WAIT_S = 60


@dataclass(frozen=True)
class Case:
    """`statuses`: what the exit status may be; `named`: the parts of which one is said to be
    wrong, none where all may be well; `is_check_well`: whether `check` finds nothing wrong."""

    part: str
    fault: str
    statuses: tuple[int, ...]
    named: tuple[str, ...]
    is_check_well: bool = False
    is_short: bool = False

    @property
    def is_slow(self) -> bool:
        return self.fault == "slow"


def _cases() -> Iterator[Case]:
    for fault in ("killed", "suspended", "refusing", "half-open"):
        yield Case("source", fault, (1,), ("source",), is_short=fault == "half-open")
    for fault in ("killed", "suspended"):
        # The broker tells its clients its own address: no line lies between.
        yield Case("kafka", fault, (1,), ("kafka",), is_short=fault == "suspended")
        for process in ("capture", "materialize"):
            yield Case(process, fault, (2,), (process,), True, is_short=True)
    for part, sink in SINKS.items():
        for fault in ("killed", "suspended", "refusing", "half-open"):
            is_short = (part, fault) in _SHORT
            yield Case(part, fault, (1,), (f"sink {sink}",), is_short=is_short)
    for part in ("source", *SINKS):
        yield Case(part, "slow", (0, 1), (), True, is_short=part == "redis")
    yield Case("slot", "lost", (2,), ("slot",), is_short=True)


_SHORT = {("redis", "killed"), ("elasticsearch", "suspended"), ("sink", "half-open")}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        is_all = metafunc.config.getoption("--all-faults")
        cases = [case for case in _cases() if is_all or case.is_short]
        metafunc.parametrize("case", cases, ids=lambda case: f"{case.part}-{case.fault}")


@pytest.fixture(scope="module")
def rig(servers: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    # Fixtures of a test's own do not live for a module.
    from tests.fix_servers import fresh_database, unique_name

    folder = tmp_path_factory.mktemp("faults")
    with (
        fresh_database(servers.addresses().postgres_dsn or "") as dsn,
        working(folder / "project", unique_name(), dsn, servers, folder / "sink") as rig,
    ):
        yield rig


@pytest.mark.timeout(400)
def test_what_is_said_is_so(rig: Rig, case: Case) -> None:
    with rig.harmed(case.part, case.fault), ThreadPoolExecutor() as pool:
        is_committed = rig.change()
        began = time.monotonic()
        asked = {
            command: pool.submit(rederive, rig.folder, *command.split(), timeout_s=ANSWER_MAX_S)
            for command in (
                "status",
                "status --json",
                "check",
                f"wait --view shown --timeout {SLOW_WAIT_S if case.is_slow else WAIT_S}",
            )
        }
        text, as_json, check, wait = (each.result() for each in asked.values())
        seen = rig.seen()
        took_s = time.monotonic() - began

    said = f"{text.stdout}{text.stderr}{check.stdout}{wait.stderr} in {took_s:.0f} s, seen: {seen}"
    told = orjson.loads(as_json.stdout)
    assert text.returncode in case.statuses and as_json.returncode in case.statuses, said
    assert told["exit_status"] == as_json.returncode, said
    wrong = {problem["part"] for problem in told["problems"]}
    named = {name.replace("sink ", f"sink {rig.prefix}_") for name in case.named}
    assert named <= wrong, said
    assert all(f"{name}: " in text.stdout for name in named), said
    assert "ask it (rederive status)" not in text.stdout
    assert (check.returncode == 0) == case.is_check_well, said

    is_seen = is_committed and set(seen.values()) == {rig.number}
    assert is_seen or wait.returncode == 1, said
    assert (wait.returncode == 0) == case.is_slow, said

    rig.until_well()
    assert rig.change()
    healed = rederive(rig.folder, "wait", "--view", "shown", "--timeout", "60", timeout_s=120)
    assert healed.returncode == 0, healed.stderr
    assert set(rig.seen().values()) == {rig.number}
