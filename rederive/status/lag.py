"""The age of what readers see."""

from __future__ import annotations

from dataclasses import dataclass

from cdc.contract.cut import Cut
from rederive.status.facts import Facts


@dataclass(frozen=True, slots=True)
class Lag:
    """`seconds`: how long ago, by the source's clock, the source was as the cut shows it; 0 where
    the cut holds all commits; None without a cut. `log_bytes`: log in between, None where unknown.
    `is_of_source`: False where the source does not answer; then the cut's age is used."""

    seconds: float | None = None
    log_bytes: int | None = None
    is_of_source: bool = False


def lag_of(cut: Cut | None, facts: Facts) -> Lag:
    """The lag of that cut behind the source."""
    if cut is None:
        return Lag()
    newest, source = facts.kafka.newest, facts.source
    as_of_us = cut.committed_at_us or cut.published_at_ms * 1000
    if newest is not None and cut.version >= newest.version:
        # The newest cut's heartbeat is valid for every cut at its position.
        as_of_us = max(as_of_us, newest.committed_at_us)
    if source.error:
        return Lag(_seconds(facts.now_us - as_of_us))
    log_bytes = _log_bytes(cut, newest, facts)
    if log_bytes == 0:
        return Lag(0.0, 0, is_of_source=True)
    return Lag(_seconds(source.now_us - as_of_us), log_bytes, is_of_source=True)


def _log_bytes(cut: Cut, newest: Cut | None, facts: Facts) -> int | None:
    """Positions of two histories cannot be compared."""
    if newest is not None and newest.history != cut.history:
        return None
    return max(0, facts.source.lsn - cut.lsn)


def _seconds(micros: int) -> float:
    return round(max(0, micros) / 1e6, 3)
