"""Gathers a status: asks every part at once, within a limited time, then judges the answers.

gather(project).level         0 well, 1 degraded, 2 stopped
gather(project).as_json()     all of it as a JSON object
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from cdc.errors import ConfigError, RederiveError
from materializers.engines.state_bytes import state_bytes
from materializers.intake.continuity import retention_s
from materializers.intake.tail import read_newest_cut
from materializers.project.project import Project, load_project, load_without_views
from rederive.status.ask_process import ask_process, ask_storage
from rederive.status.ask_sinks import SinkQuestions
from rederive.status.ask_source import ask_source
from rederive.status.asking import ask_all
from rederive.status.facts import Facts, KafkaFacts, Presence, ProcessFacts, SourceFacts
from rederive.status.judge_sinks import judge_sinks, sink_entries
from rederive.status.judgement import JUDGES, cut_age_s, is_behind, notes
from rederive.status.lag import lag_of
from rederive.status.owners import foreign_sinks
from rederive.status.record import Level, Problem, Status

ASK_TIMEOUT_S = 3.0
GUARD_S = 5.0
"""Extra time for a client that overlooks its time-out, or is slow to be made."""
SETTLE_S = 1.5
"""How long readers' cuts may take to reach the source's position: a question asked during a commit
must not find every sink behind."""
SETTLE_PAUSE_S = 0.1
LAG_MAX_S = 10.0

Found = TypeVar("Found")


def gather(
    project: Project,
    *,
    lag_max_s: float = LAG_MAX_S,
    timeout_s: float = ASK_TIMEOUT_S,
    with_storage: bool = False,
) -> Status:
    """The present status. A sink is degraded where its readers see data older than `lag_max_s`.
    Each part may take `timeout_s` to answer. `with_storage`: add the state's size."""
    sinks = SinkQuestions(project, timeout_s, timeout_s + GUARD_S)
    facts = _settled(find(project, sinks, timeout_s, with_storage=with_storage), sinks)
    problems = [problem for judge in JUDGES for problem in judge(facts)]
    problems += judge_sinks(facts, lag_max_s)
    once = dict.fromkeys(problems)  # a stopped view is reported by each of its sinks
    ordered: list[Problem] = sorted(once, key=lambda problem: -problem.level)
    return Status(facts_as_json(facts), tuple(ordered), (*notes(facts), *foreign_sinks(facts)))


def gather_from(
    folder: Path, *, lag_max_s: float = LAG_MAX_S, with_storage: bool = False
) -> Status:
    """The status of the project in that folder, even while its view files are being edited: then of
    the sinks that materialize has. Raises ConfigError where rederive.toml is wrong."""
    faults: list[RederiveError] = []
    try:
        project = load_project(folder)
    except ConfigError as error:
        project, faults = load_without_views(folder), error.problems
    status = gather(project, lag_max_s=lag_max_s, with_storage=with_storage)
    if status.facts["edits"]:
        return status  # its problems include these faults
    faulty = (Problem(Level.DEGRADED, "project", each.message, each.fix) for each in faults)
    return replace(status, problems=(*status.problems, *faulty))


def find(
    project: Project, sinks: SinkQuestions, timeout_s: float, *, with_storage: bool = False
) -> Facts:
    """The facts, with all parts asked at once."""
    state, source = project.pipeline.state, project.source
    questions: dict[str, Callable[[], Any]] = {
        "source": lambda: ask_source(source, timeout_s),
        "kafka": partial(_ask_kafka, project, timeout_s),
        "capture": lambda: ask_process(state, "capture", timeout_s),
        "materialize": lambda: ask_process(state, "materialize", timeout_s),
        "sinks": sinks.ask,
    }
    if with_storage:
        questions["storage"] = lambda: ask_storage(state, timeout_s)
    answers = ask_all(questions, sinks.limit_s + GUARD_S)
    of_sinks, storage = answers["sinks"], answers.get("storage", {})
    return Facts(
        project=project,
        now_us=time.time_ns() // 1000,
        source=_or(answers["source"], lambda e: SourceFacts(error=e.message, fix=e.fix)),
        kafka=_or(answers["kafka"], _of_kafka),
        capture=_or(answers["capture"], _silent),
        materialize=_or(answers["materialize"], _silent),
        sinks={} if isinstance(of_sinks, RederiveError) else of_sinks,
        storage={} if isinstance(storage, RederiveError) else storage,
    )


def _ask_kafka(project: Project, timeout_s: float) -> KafkaFacts:
    newest = read_newest_cut(project.kafka, project.source.name, timeout_s)
    if newest is None:
        return KafkaFacts()
    return KafkaFacts(
        newest=newest, retention_s=retention_s(project.kafka, newest.offsets, timeout_s)
    )


def _or(answer: Any, otherwise: Callable[[RederiveError], Found]) -> Found:
    return otherwise(answer) if isinstance(answer, RederiveError) else cast(Found, answer)


def _of_kafka(error: RederiveError) -> KafkaFacts:
    from materializers.errors import MissingTopic

    if isinstance(error, MissingTopic):
        return KafkaFacts()  # capture has not begun; its own problem says so
    return KafkaFacts(error=error.message, fix=error.fix)


def _silent(error: RederiveError) -> ProcessFacts:
    return ProcessFacts(Presence.SILENT, error=str(error))


def _settled(facts: Facts, sinks: SinkQuestions) -> Facts:
    """The facts, with sinks asked again for up to SETTLE_S while any is behind the source."""
    deadline = time.monotonic() + SETTLE_S
    is_at_work = not facts.source.error and not facts.kafka.error
    while is_at_work and is_behind(facts) and time.monotonic() < deadline:
        time.sleep(SETTLE_PAUSE_S)
        facts = replace(facts, sinks=sinks.ask())
    return facts


def facts_as_json(facts: Facts) -> dict[str, Any]:
    """The facts as a JSON object."""
    materialize, newest = facts.materialize.answer, facts.kafka.newest
    sinks = sink_entries(facts)
    lags = [each["lag_s"] for each in sinks if each["lag_s"] is not None]
    return {
        "project": str(facts.project.folder.resolve()),
        "at": facts.now_us / 1e6,
        "is_running": facts.materialize.presence is not Presence.ABSENT,
        "cut": materialize.get("cut"),
        "newest": str(newest.lsn) if newest else None,
        "lag_s": max(lags, default=None),
        "lag_is_of": "cut" if facts.source.error else "source",
        "source": _source_entry(facts),
        "kafka": {"address": facts.project.kafka.address, "error": facts.kafka.error or None},
        "capture": _process_entry(facts.capture) | _cut_entry(facts),
        "materialize": _process_entry(facts.materialize),
        "rows_read": materialize.get("rows_read", 0),
        "rows_to_read": materialize.get("rows_to_read", 0),
        "views": sinks,
        "edits": materialize.get("edits", []),
        "hand_over": materialize.get("hand_over"),
        "state_bytes": state_bytes(facts.project.pipeline.state),
        **({"storage": facts.storage} if facts.storage else {}),
    }


def _source_entry(facts: Facts) -> dict[str, Any]:
    source, slot = facts.source, facts.source.slot
    return {
        "name": facts.project.source.name,
        "error": source.error or None,
        "lsn": str(source.lsn) if source.now_us else None,
        "slot": slot and {
            "name": slot.name,
            "is_active": slot.is_active,
            "wal_status": slot.wal_status,
            "retained_bytes": slot.retained_bytes,
            "safe_bytes": slot.safe_bytes,
            "lost_by": slot.lost_by or None,
        },
    }  # fmt: skip


def _process_entry(process: ProcessFacts) -> dict[str, Any]:
    known = ("phase", "doing", "trouble", "rows_done", "changes_per_second", "warning", "counts")
    return {
        "presence": process.presence.value,
        "pid": process.pid or None,
        "is_suspended": process.is_suspended,
        "error": process.error or None,
    } | {name: process.answer[name] for name in known if name in process.answer}


def _cut_entry(facts: Facts) -> dict[str, Any]:
    age_s, lag = cut_age_s(facts), lag_of(facts.kafka.newest, facts)
    return {
        "cut_age_s": round(age_s, 3) if age_s is not None else None,
        "lag_s": lag.seconds,
        "lag_bytes": lag.log_bytes,
    }
