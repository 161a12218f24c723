"""What a sink remembers of a generation beside its cut: whose it is."""

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
    """Identifies a generation's rows: the view's build, the options of the sink, the owner's
    tenure."""

    build: int
    options: str
    tenure: str

    @classmethod
    def of(cls, build: int, definition: SinkDefinition, sink: Sink) -> Stamp:
        """The stamp of what the sink's owner writes now."""
        owner = sink.owner()
        text = orjson.dumps([definition.connection, sorted(definition.options.items())])
        options = hashlib.sha256(text).hexdigest()[:16]
        return cls(build, options, owner.tenure if owner is not None else "")

    def on(self, step: Step) -> Step:
        """The step with the stamp in its cut record, which the sink stores."""
        cut = {**orjson.loads(step.cut), **asdict(self)}
        return replace(step, cut=orjson.dumps(cut).decode())

    def find(self, generations: Mapping[int, Generation]) -> Generation | None:
        """The complete generation with this stamp, or None."""
        for generation in generations.values():
            if generation.version >= 0:
                cut = orjson.loads(generation.cut)
                if asdict(self).items() <= cut.items():
                    return generation
        return None
