"""A type of sink, named by `type = '…'` of `[sink.NAME]`."""

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
    """`name`: in lower case, as in the project's file.

    `open` returns the sink for a view (the ViewSchema) by CREATE SINK (the SinkDefinition) and a
    `[sink.NAME]` table (the SinkConnection); without a Writer it is read-only. It connects to
    nothing before the first method is called. It raises SinkError for invalid options and settings.

    `places`: the options of CREATE SINK that say where the sink's rows are. Status opens the sink
    with these only, and with a stand-in for the view's columns.

    `bounds`: connection settings that make each request fail after that many seconds.
    """

    name: str
    open: OpenSink
    places: tuple[str, ...] = ()
    bounds: Callable[[float], Mapping[str, Any]] = _no_bounds
