"""The API for sink types of one's own; see docs/python.md, and `Sink` for its contract.

from rederive.sinks import SinkType, register_sink

register_sink(SinkType("sqlite", SqliteSink, places=("table",)))
"""

from materializers.errors import NotOwner, SinkError
from materializers.sinks.connection import SinkConnection
from materializers.sinks.json_rows import JsonRows
from materializers.sinks.options import Options
from materializers.sinks.owner import Owner, claimed_meanwhile, lost_to, other_sinks
from materializers.sinks.plain import PlainRow
from materializers.sinks.registry import open_sink, register_sink
from materializers.sinks.sink import Generation, Sink
from materializers.sinks.sink_type import SinkType
from materializers.step import Refusals, Step
from materializers.view import SinkDefinition, ViewColumn, ViewSchema
from materializers.writer import Writer

__all__ = [
    "Generation",
    "JsonRows",
    "NotOwner",
    "Options",
    "Owner",
    "PlainRow",
    "Refusals",
    "Sink",
    "SinkConnection",
    "SinkDefinition",
    "SinkError",
    "SinkType",
    "Step",
    "ViewColumn",
    "ViewSchema",
    "Writer",
    "claimed_meanwhile",
    "lost_to",
    "open_sink",
    "other_sinks",
    "register_sink",
]
