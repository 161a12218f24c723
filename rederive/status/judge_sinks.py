"""Judges the views and their sinks, and describes each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from materializers.engines.outlook import is_rebuilt
from materializers.view import SinkDefinition
from rederive.status.facts import Facts, Presence, SinkFacts
from rederive.status.lag import Lag, lag_of
from rederive.status.owners import owner_entry
from rederive.status.record import Level, Problem

IDLE = "materialize is not running"


def sink_entries(facts: Facts) -> list[dict[str, Any]]:
    """An entry for each sink of each view: materialize's answer, completed by what the sink itself
    says of the live generation."""
    answers = {each["sink"]: each for each in facts.materialize.answer.get("views", ())}
    known = [
        _entry(facts, each, answers.pop(each.name, {})) for each in facts.project.sink_definitions
    ]
    unasked = {"lag_bytes": None, "answers": None, "owner": None}
    return known + [{**each, **unasked} for each in answers.values()]


def _entry(facts: Facts, definition: SinkDefinition, answer: Mapping[str, Any]) -> dict[str, Any]:
    sink = facts.sinks.get(definition.name, SinkFacts(error="It was not asked."))
    lag = lag_of(sink.cut, facts) if not sink.error else Lag()
    visible = not sink.error and sink.generation >= 0
    return {
        "view": definition.view,
        "sink": definition.name,
        "connection": definition.connection,
        "generation": sink.generation if visible else answer.get("generation", -1),
        "phase": answer.get("phase") or _phase(facts),
        "rows": answer.get("rows"),
        "rows_loaded": answer.get("rows_loaded", 0),
        "cut": str(sink.cut.lsn) if sink.cut else answer.get("cut"),
        "version": sink.version if visible else answer.get("version", -1),
        "lag_s": lag.seconds,
        "lag_bytes": lag.log_bytes,
        "answers": not sink.error,
        "owner": owner_entry(sink.owner),
        "error": answer.get("error") or sink.error or None,
    } | {name: value for name, value in answer.items() if name not in _FIELDS}


_FIELDS = (
    "view", "sink", "connection", "generation", "phase", "rows", "rows_loaded", "cut", "version",
    "lag_s", "lag_bytes", "answers", "owner", "error",
)  # fmt: skip


def _phase(facts: Facts) -> str:
    return IDLE if facts.materialize.presence is Presence.ABSENT else "unknown"


def judge_sinks(facts: Facts, lag_max_s: float) -> Iterator[Problem]:
    """Stopped views, and sinks that refuse, lag or do not answer."""
    for entry in sink_entries(facts):
        sink = facts.sinks.get(entry["sink"], SinkFacts(generation=entry["generation"]))
        part, error = f"sink {entry['sink']}", entry["error"]
        if entry["phase"] == "stopped":
            level = Level.DEGRADED if is_rebuilt(str(error)) else Level.STOPPED
            yield Problem.of(level, f"view {entry['view']}", str(error))
        elif entry["phase"] == "needs an operator":
            yield Problem.of(Level.STOPPED, part, str(error))
        elif sink.error:
            yield Problem(Level.DEGRADED, part, sink.error, sink.fix)
        elif error:
            yield Problem.of(Level.DEGRADED, part, f"It is tried again: {error}")
        elif sink.generation < 0:
            yield Problem(Level.DEGRADED, part, "Readers see nothing yet.")
        elif entry["lag_s"] is not None and entry["lag_s"] > lag_max_s:
            yield Problem(Level.DEGRADED, part, _late(entry))
        if entry.get("dead_letters"):
            message = f"{entry['dead_letters']:,} rows are set aside: the target refused them."
            yield Problem(Level.DEGRADED, part, message, "see `rederive dead-letters list`")


def _late(entry: Mapping[str, Any]) -> str:
    much = f", {entry['lag_bytes']:,} bytes of log" if entry["lag_bytes"] else ""
    return f"What readers see is {entry['lag_s']:,.1f} s old{much}."
