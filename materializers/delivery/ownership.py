"""Ownership: which sinks this run may write, and what becomes of their former owners.

A sink belongs to one pipeline. Its control record decides what a start does:

    no owner                            claim it
    a former run of this state, which has ended, or whose state file is the one this run has open,
    so that no other run has            claim it, and continue
    this pipeline otherwise: a copy of the state, or one that was moved
        with signs of life              refuse
        none for SILENCE_S, or ended    claim it, and fill it again
    another pipeline                    refuse

`--take-over` claims what would be refused, and fills it again. A claim fences the former owner,
alive or not (`sinks/owner.py`): correctness does not depend on guessing who is alive.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable

from materializers.engines.pipeline_run import PipelineRun
from materializers.errors import NotOwner, SinkError
from materializers.sinks.connection import SinkConnection
from materializers.sinks.owner import TAKE_OVER, Owner, lost_to
from materializers.sinks.registry import open_sink
from materializers.sinks.sink import Owned, Sink
from materializers.view import SinkDefinition, ViewSchema

SILENCE_S = 30.0
# Tolerance for the difference of two readings of the target's clock.
_CLOCK_S = 2.0

log = logging.getLogger("rederive.materialize")


class Ownership:
    """The claims of one run; thread-safe. `take_over`: names of sinks to claim, once, whoever owns
    them."""

    def __init__(self, run: PipelineRun, take_over: Iterable[str] = ()) -> None:
        self._run, self._take_over = run, set(take_over)
        self._tenures: dict[str, str] = {}
        self._looks: dict[str, tuple[float, Owner]] = {}
        self._lock = threading.Lock()

    def open(
        self, definition: SinkDefinition, connection: SinkConnection, schema: ViewSchema
    ) -> Sink:
        """The sink, owned by this run. Raises as `require` does."""
        sink = open_sink(definition, connection, schema, self._run.writer)
        try:
            self.require(definition.name, sink)
        except BaseException:
            sink.close()
            raise
        return sink

    def require(self, name: str, sink: Owned) -> None:
        """Claim the sink `name` unless this run owns it. Raises NotOwner where it is refused, or a
        retryable SinkError while it is not known whether the owner lives."""
        with self._lock:
            owner = sink.owner()
            is_mine = owner is not None and owner.writer.run == self._run.writer.run
            if is_mine and name in self._tenures:
                return
            tenure = self._tenure(name, owner)
            sink.claim(tenure, owner)
            self._tenures[name] = tenure
            self._take_over.discard(name)
            self._looks.pop(name, None)

    def _tenure(self, name: str, owner: Owner | None) -> str:
        """The tenure to claim it with."""
        me = self._run.writer
        if owner is None:  # never claimed, or the record was lost
            return self._tenures.get(name, me.run)
        if owner.writer.run == me.run:
            return owner.tenure
        if name in self._tenures:
            raise lost_to(name, owner)
        is_former = owner.writer.run in self._run.former
        if is_former and (owner.has_ended or owner.writer.place == me.place):
            return owner.tenure
        if name not in self._take_over:
            if owner.writer.pipeline != me.pipeline:
                raise self._refused(name, owner, "another pipeline")
            if not owner.has_ended and owner.silence_s < SILENCE_S:
                self._look(name, owner)
        log.warning("sink %s: taken over from %s; it is filled again", name, owner)
        return me.run

    def _look(self, name: str, owner: Owner) -> None:
        """A copy of this state wrote the sink a moment ago: raise SinkError until it is known
        whether that one lives, then NotOwner if it does."""
        now = time.monotonic()
        seen, before = self._looks.setdefault(name, (now, owner))
        if owner.silence_s < before.silence_s + (now - seen) - _CLOCK_S:
            raise self._refused(name, owner, "a copy of this state")
        raise SinkError(
            f"sink {name}: a copy of this state, or this one before it was moved, wrote it a "
            f"moment ago: {owner}.",
            fix=f"wait {SILENCE_S:.0f} s, or {TAKE_OVER}.",
            is_retryable=True,
        )

    def _refused(self, name: str, owner: Owner, what: str) -> NotOwner:
        return NotOwner(
            f"sink {name} belongs to {what}: {owner}. This state is pipeline "
            f"{self._run.writer.pipeline}.",
            fix=f"leave the sink to it; or, where it is to write no more or its state was removed "
            f"on purpose, {TAKE_OVER}.",
        )
