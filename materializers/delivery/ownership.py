"""Ownership: which sinks this run may write, and what it does about their former owners.

A sink belongs to one pipeline. What a start finds in a sink's control record decides:

    nobody                              it is claimed
    a former run of this state, which has ended, or whose state file is the one this run has open,
    so that nobody else has             it is claimed, and goes on where it was
    this pipeline otherwise: a copy of the state, or one that moved
        signs of life                   refused
        none for SILENCE_S, or ended    it is claimed, and filled anew
    another pipeline                    refused

`--take-over` claims what would be refused, and fills it anew. Whoever claims fences the one
before it, alive or not (`sinks/owner.py`): no guess about who is alive is trusted with the rows.
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
# A clock that was asked twice is not believed to the second.
_CLOCK_S = 2.0

log = logging.getLogger("rederive.materialize")


class Ownership:
    """The claims of one run; safe in threads. `take_over`: names of sinks that are claimed
    whoever has them, once."""

    def __init__(self, run: PipelineRun, take_over: Iterable[str] = ()) -> None:
        self._run, self._take_over = run, set(take_over)
        self._tenures: dict[str, str] = {}
        self._looks: dict[str, tuple[float, Owner]] = {}
        self._lock = threading.Lock()

    def open(
        self, definition: SinkDefinition, connection: SinkConnection, schema: ViewSchema
    ) -> Sink:
        """The sink, owned by this run; raises what `require` does."""
        sink = open_sink(definition, connection, schema, self._run.writer)
        try:
            self.require(definition.name, sink)
        except BaseException:
            sink.close()
            raise
        return sink

    def require(self, name: str, sink: Owned) -> None:
        """See that the run owns the sink `name`. Raises NotOwner where it is refused; SinkError,
        to be tried again, where the owner may be gone or not."""
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
        """The tenure by which it is claimed over that owner."""
        me = self._run.writer
        if owner is None:  # never claimed, or the target has lost its record
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
        log.warning("sink %s: taken over from %s; it is filled anew", name, owner)
        return me.run

    def _look(self, name: str, owner: Owner) -> None:
        """A copy of this state had the sink a moment ago: raise SinkError until it is known
        whether it lives, NotOwner where it does."""
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
