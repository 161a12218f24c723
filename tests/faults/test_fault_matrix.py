"""Every part of a pipeline in every bad condition: status, check, wait and health report the truth
in time; once healed, all is well again.

One pipeline goes through all of it. `--all-faults` takes every combination, each with all commands
in processes of their own; else some: at least one of each part and of each condition.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from subprocess import CompletedProcess
from typing import Any

import orjson
import pytest

from cdc.errors import RederiveError
from materializers.project.project import load_project
from rederive.checks import all_checks
from rederive.stack.stack import Stack
from rederive.status.gather import gather_from
from rederive.waiting import wait
from tests.commands import rederive
from tests.faults.case import PROCESSES, Case, cases
from tests.faults.probed import Probed, kinds, probe
from tests.faults.rig import Rig, working

ANSWER_MAX_S = 60.0
"""Far above the time of any answer on a slow machine, but bounded."""
WAIT_S = 2
PASSING_WAIT_S = 60
AGREE_MAX_S = 60.0
AGE_MAX_S = 30.0
"""The oldest status by which a process calls itself ready."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        is_all = metafunc.config.getoption("--all-faults")
        taken = [case for case in cases() if is_all or case.is_short]
        metafunc.parametrize("case", taken, ids=str)


@pytest.fixture(scope="module")
def rig(servers: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    # Fixtures of one test do not live for a module.
    from tests.fix_servers import fresh_database, unique_name

    folder = tmp_path_factory.mktemp("faults")
    with (
        fresh_database(servers.addresses().postgres_dsn or "") as dsn,
        working(folder / "project", unique_name(), dsn, servers, folder / "sink") as rig,
    ):
        yield rig


@pytest.mark.timeout(400)
def test_what_is_said_is_so(rig: Rig, case: Case, pytestconfig: pytest.Config) -> None:
    named = {name.replace("sink ", f"sink {rig.prefix}_") for name in case.named}
    others = _other_commands(case) if pytestconfig.getoption("--all-faults") else {}
    rig.restore()
    with rig.harmed(case.part, case.fault), ThreadPoolExecutor(8) as pool:
        is_committed = rig.change()
        shown = pool.submit(_run, rig, "status", "--json")
        commands = {each: pool.submit(_run, rig, *each.split()) for each in others}
        probes = {process: pool.submit(_probe, rig, case, process) for process in PROCESSES}
        check, waited = pool.submit(_is_check_well, rig), pool.submit(_why_not_visible, rig, case)
        why_not, seen = waited.result(), rig.seen()

        reported = orjson.loads(shown.result().stdout)
        assert shown.result().returncode == reported["exit_status"] in case.statuses, reported[
            "problems"
        ]
        assert named <= {problem["part"] for problem in reported["problems"]}, reported["problems"]
        assert not [*_untrue(case, reported["problems"])], reported["problems"]
        assert "ask it (rederive status)" not in shown.result().stdout
        assert case.is_check_well in (None, check.result())
        is_seen = is_committed and set(seen.values()) == {rig.number}
        assert (not why_not) == case.is_passing and (is_seen or why_not), (why_not, seen)
        assert not case.is_silent or why_not.startswith("View shown: nobody says"), why_not
        probed = {process: each.result() for process, each in probes.items()}
        _health_agrees(rig, case, named, reported, probed)
        for command, statuses in others.items():
            ended = commands[command].result()
            assert ended.returncode in statuses, (ended.stdout, ended.stderr)
        if others:
            text = commands["status"].result().stdout
            assert all(f"{name}: " in text for name in named), text

    rig.until_well()
    assert rig.change()
    wait(rig.folder, "shown", timeout_s=60)
    assert set(rig.seen().values()) == {rig.number}


def _other_commands(case: Case) -> dict[str, tuple[int, ...]]:
    """A user's commands, each to run as a process of its own; the allowed exit statuses."""
    is_well = case.is_check_well
    return {
        "status": case.statuses,
        "check": (0, 1) if is_well is None else (int(not is_well),),
        f"wait --view shown --timeout {_wait_s(case)}": (int(not case.is_passing),),
    }


def _run(rig: Rig, *command: str) -> CompletedProcess[str]:
    return rederive(rig.folder, *command, timeout_s=ANSWER_MAX_S + PASSING_WAIT_S)


def _is_check_well(rig: Rig) -> bool:
    return not any(check.is_fatal for check in all_checks(load_project(rig.folder)))


def _why_not_visible(rig: Rig, case: Case) -> str:
    """The message of `wait`; empty where it reports that readers see everything."""
    try:
        wait(rig.folder, "shown", timeout_s=_wait_s(case))
    except RederiveError as error:
        return error.message
    return ""


def _untrue(case: Case, problems: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The reports of a process that are not true."""
    for problem in problems:
        message, part = problem["message"], problem["part"]
        if "suspended by a signal" in message and not case.is_suspended:
            yield message
        if message.startswith("No `rederive") and case.fault not in ("killed", "lost"):
            yield message
        if case.fault == "starved" and problem["level"] == "stopped" and part != case.part:
            yield message


def _wait_s(case: Case) -> int:
    return PASSING_WAIT_S if case.is_passing else WAIT_S


def _probe(rig: Rig, case: Case, process: str) -> Probed:
    return probe(rig.health, process, is_silent=process in case.silent)


def _health_agrees(
    rig: Rig, case: Case, named: set[str], reported: Mapping[str, Any], probed: Mapping[str, Probed]
) -> None:
    """Sooner or later: the facts change between two requests."""
    began = time.monotonic()
    while wrong := [*_disagreements(case, named, reported, probed)]:
        assert time.monotonic() - began < AGREE_MAX_S, (wrong, reported["problems"], probed)
        with ThreadPoolExecutor() as pool:
            probes = {process: pool.submit(_probe, rig, case, process) for process in PROCESSES}
            reported = gather_from(rig.folder).as_json()
            probed = {process: each.result() for process, each in probes.items()}


def _disagreements(
    case: Case, named: set[str], reported: Mapping[str, Any], probed: Mapping[str, Probed]
) -> Iterator[str]:
    for process, found in probed.items():
        if process in case.silent:
            assert found.live is None
            continue
        assert found.live == 200, "/live asks nobody"
        if found.status is None:
            yield f"{process}: no status yet"
            continue
        if found.status["exit_status"] not in case.statuses:
            yield f"{process}: status of the whole"
        if not case.is_passing and kinds(found.status["problems"]) != kinds(reported["problems"]):
            yield f"{process}: /status is not status"
        if process in case.unready and (found.ready != 503 or not named & found.reasons):
            yield f"{process} calls itself ready"
        if process in case.ready and found.ready != 200:
            yield f"{process} does not call itself ready"
        assert found.ready == 503 or found.age_s < AGE_MAX_S, "ready by an old status"
