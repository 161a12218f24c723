"""Whose a generation is: what a sink remembers of it beside the cut."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import orjson

from materializers.sinks.sink import Generation, Sink
from materializers.step import Step
from materializers.view import SinkDefinition


@dataclass(frozen=True, slots=True)
class Stamp:
    """Whose rows a generation has: the view's build, the sink's options they were written by, and
    the tenure of its owner."""

    build: int
    options: str
    tenure: str

    @classmethod
    def of(cls, build: int, definition: SinkDefinition, sink: Sink) -> Stamp:
        """The stamp of what is written to the sink now, by its owner."""
        owner = sink.owner()
        text = orjson.dumps([definition.connection, sorted(definition.options.items())])
        options = hashlib.sha256(text).hexdigest()[:16]
        return cls(build, options, owner.tenure if owner is not None else "")

    def on(self, step: Step) -> Step:
        """The step with this in its cut record, so that the sink remembers it."""
        cut = {**orjson.loads(step.cut), **asdict(self)}
        return replace(step, cut=orjson.dumps(cut).decode())

    def find(self, generations: Mapping[int, Generation]) -> Generation | None:
        """The finished generation in a sink that bears it, if there is one."""
        for generation in generations.values():
            if generation.version >= 0:
                cut = orjson.loads(generation.cut)
                if asdict(self).items() <= cut.items():
                    return generation
        return None
