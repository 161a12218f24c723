"""A type of sink: what `type = '…'` of `[sink.NAME]` names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from materializers.sinks.connection import SinkConnection
from materializers.sinks.sink import Sink
from materializers.view import SinkDefinition, ViewSchema
from materializers.writer import Writer

OpenSink = Callable[[SinkDefinition, SinkConnection, ViewSchema, Writer | None], Sink]


def _no_bounds(timeout_s: float) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class SinkType:
    """`name`: lower-case, as the project's file says it.

    `open` gives the sink that keeps a view (the ViewSchema) as CREATE SINK says (the
    SinkDefinition), over a `[sink.NAME]` table (the SinkConnection); without a Writer it is only
    read. It connects to nothing before the first method is called, and raises SinkError for options
    and settings that cannot be meant.

    `places`: the options of CREATE SINK that say where the sink's rows lie. Who only asks where
    the sink stands opens it with these alone, and with a stand-in for the view's columns.

    `bounds`: the connection's settings by which each request fails after so many seconds.
    """

    name: str
    open: OpenSink
    places: tuple[str, ...] = ()
    bounds: Callable[[float], Mapping[str, Any]] = _no_bounds
