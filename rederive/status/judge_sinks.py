"""What is wrong with the views and their sinks, and what is told of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from materializers.engines.outlook import is_built_anew
from materializers.view import SinkDefinition
from rederive.status.facts import Facts, Presence, SinkFacts
from rederive.status.lag import Lag, lag_of
from rederive.status.owners import told_owner
from rederive.status.record import Level, Problem

IDLE = "materialize is not running"


def told_sinks(facts: Facts) -> list[dict[str, Any]]:
    """One entry for each sink of each view: what materialize says, with what the sink itself says
    of the generation that readers see."""
    said = {each["sink"]: each for each in facts.materialize.answer.get("views", ())}
    known = [
        _entry(facts, each, said.pop(each.name, {})) for each in facts.project.sink_definitions
    ]
    unasked = {"lag_bytes": None, "answers": None, "owner": None}
    return known + [{**each, **unasked} for each in said.values()]


def _entry(facts: Facts, definition: SinkDefinition, said: Mapping[str, Any]) -> dict[str, Any]:
    found = facts.sinks.get(definition.name, SinkFacts(error="It was not asked."))
    lag = lag_of(found.cut, facts) if not found.error else Lag()
    visible = not found.error and found.generation >= 0
    return {
        "view": definition.view,
        "sink": definition.name,
        "connection": definition.connection,
        "generation": found.generation if visible else said.get("generation", -1),
        "phase": said.get("phase") or _phase(facts),
        "rows": said.get("rows"),
        "rows_loaded": said.get("rows_loaded", 0),
        "cut": str(found.cut.lsn) if found.cut else said.get("cut"),
        "version": found.version if visible else said.get("version", -1),
        "lag_s": lag.seconds,
        "lag_bytes": lag.log_bytes,
        "answers": not found.error,
        "owner": told_owner(found.owner),
        "error": said.get("error") or found.error or None,
    } | {name: value for name, value in said.items() if name not in _TOLD}


_TOLD = (
    "view", "sink", "connection", "generation", "phase", "rows", "rows_loaded", "cut", "version",
    "lag_s", "lag_bytes", "answers", "owner", "error",
)  # fmt: skip


def _phase(facts: Facts) -> str:
    return IDLE if facts.materialize.presence is Presence.ABSENT else "unknown"


def judge_sinks(facts: Facts, lag_max_s: float) -> Iterator[Problem]:
    """Stopped views, sinks that refuse, lag or do not answer."""
    for entry in told_sinks(facts):
        found = facts.sinks.get(entry["sink"], SinkFacts(generation=entry["generation"]))
        part, error = f"sink {entry['sink']}", entry["error"]
        if entry["phase"] == "stopped":
            level = Level.DEGRADED if is_built_anew(str(error)) else Level.STOPPED
            yield Problem.of(level, f"view {entry['view']}", str(error))
        elif entry["phase"] == "needs an operator":
            yield Problem.of(Level.STOPPED, part, str(error))
        elif found.error:
            yield Problem(Level.DEGRADED, part, found.error, found.fix)
        elif error:
            yield Problem.of(Level.DEGRADED, part, f"It is tried again: {error}")
        elif found.generation < 0:
            yield Problem(Level.DEGRADED, part, "Readers see nothing yet.")
        elif entry["lag_s"] is not None and entry["lag_s"] > lag_max_s:
            yield Problem(Level.DEGRADED, part, _late(entry))
        if entry.get("dead_letters"):
            message = f"{entry['dead_letters']:,} rows are set aside: the target refused them."
            yield Problem(Level.DEGRADED, part, message, "see `rederive dead-letters list`")


def _late(entry: Mapping[str, Any]) -> str:
    much = f", {entry['lag_bytes']:,} bytes of log" if entry["lag_bytes"] else ""
    return f"What readers see is {entry['lag_s']:,.1f} s old{much}."
