"""What several engines say of one pipeline, joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cdc.contract.cut import Cut
from materializers.engines.applied import Applied
from materializers.engines.engine import Engine
from materializers.intake.batch import Batch


def earliest_cut(engines: Sequence[Engine]) -> Cut | None:
    """The last exact cut that all have applied; None where one has none."""
    cuts = [engine.cut for engine in engines]
    if None in cuts:
        return None
    return min((c for c in cuts if c is not None), key=lambda cut: cut.version, default=None)


def earliest_offsets(engines: Sequence[Engine]) -> dict[str, tuple[int, ...]]:
    """Topic -> the next offset to read per partition: the lower one where they differ."""
    earliest: dict[str, tuple[int, ...]] = {}
    for engine in engines:
        for topic, offsets in engine.offsets.items():
            earliest[topic] = tuple(map(min, earliest.get(topic, offsets), offsets))
    return earliest


def applied_by(engines: Sequence[Engine], batch: Batch) -> Applied:
    """Apply a batch in each. An engine that is ahead skips what it has."""
    changed: dict[str, int] = {}
    seconds: dict[str, float] = {}
    failures: dict[str, str] = {}
    for engine in engines:
        if _has(engine, batch):
            changed |= {name: 0 for name, view in engine.views.items() if view.failure is None}
            continue
        applied = engine.apply(batch)
        changed |= applied.changed
        failures |= applied.failures
        for phase, took in applied.seconds.items():
            seconds[phase] = seconds.get(phase, 0.0) + took
    return Applied(changed, seconds, failures)


def _has(engine: Engine, batch: Batch) -> bool:
    """Whether the engine has applied everything up to the end of the batch."""
    at = engine.cut
    return at is not None and engine.is_exact and batch.cut.version <= at.version and batch.is_exact


def joined_storage(bulk: Mapping[str, Any], rows: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes of both; a table that both store counts twice. Any: it is printed as JSON."""
    inputs = {table: dict(size) for table, size in bulk["inputs"].items()}
    for table, size in rows["inputs"].items():
        known = inputs.get(table, {"rows": 0, "bytes": 0})
        rows_of = max(known["rows"], size["rows"])
        inputs[table] = {"rows": rows_of, "bytes": known["bytes"] + size["bytes"]}
    return {
        "file_bytes": bulk["file_bytes"] + rows["file_bytes"],
        "inputs": inputs,
        "views": {**bulk["views"], **rows["views"]},
    }
