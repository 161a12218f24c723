"""Opens sinks as the command does, from a definition and a connection, and closes them."""

from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from materializers.sinks.connection import SinkConnection
from materializers.sinks.memory import MemorySink
from materializers.sinks.registry import open_sink
from materializers.sinks.sink import Sink
from materializers.view import SinkDefinition, ViewSchema
from materializers.writer import Writer


def definition(name: str, view: str, options: Mapping[str, str] | None = None) -> SinkDefinition:
    return SinkDefinition(name, view, "target", options or {}, Path("views/v.sql"), 3)


def writer(name: str) -> Writer:
    """A start of a pipeline, identified by its name."""
    return Writer(f"pipeline {name}", name, "host", "/state", 1, 1)


FIRST, SECOND, THIRD = (writer(name) for name in ("first", "second", "third"))


def in_memory(schema: ViewSchema) -> MemorySink:
    """A sink of the reference implementation, claimed."""
    sink = MemorySink(schema, writer=FIRST)
    sink.claim(FIRST.run, None)
    return sink


class OpenedSinks:
    """Call it with a view to open a sink of one kind; `settings` are the connection's."""

    def __init__(self, stack: ExitStack, type_: str, settings: Mapping[str, Any]) -> None:
        self._stack = stack
        self._connection = SinkConnection("target", type_, settings)

    def open(
        self,
        schema: ViewSchema,
        name: str,
        options: Mapping[str, str] | None = None,
        by: Writer | None = FIRST,
    ) -> Sink:
        """The sink, claimed if it has no owner; without a writer it can only be read."""
        sink = self.unclaimed(schema, name, options, by)
        if by is not None and sink.owner() is None:
            sink.claim(by.run, None)
        return sink

    def unclaimed(
        self,
        schema: ViewSchema,
        name: str,
        options: Mapping[str, str] | None = None,
        by: Writer | None = FIRST,
    ) -> Sink:
        """The sink, not claimed."""
        sink = open_sink(definition(name, schema.name, options), self._connection, schema, by)
        return self._stack.enter_context(closing(sink))
