"""Opens sinks as the command does, from a definition and a connection, and closes them."""

from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from materializers.sinks.connection import SinkConnection
from materializers.sinks.registry import open_sink
from materializers.sinks.sink import Sink
from materializers.view import SinkDefinition, ViewSchema


def definition(name: str, view: str, options: Mapping[str, str] | None = None) -> SinkDefinition:
    return SinkDefinition(name, view, "target", options or {}, Path("views/v.sql"), 3)


class OpenedSinks:
    """Call it with a view for a sink of one kind; `settings` are the connection's."""

    def __init__(self, stack: ExitStack, type_: str, settings: Mapping[str, Any]) -> None:
        self._stack = stack
        self._connection = SinkConnection("target", type_, settings)

    def open(self, schema: ViewSchema, name: str, options: Mapping[str, str] | None = None) -> Sink:
        sink = open_sink(definition(name, schema.name, options), self._connection, schema)
        return self._stack.enter_context(closing(sink))
