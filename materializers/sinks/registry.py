"""From a sink's type to its implementation. Listed here, never searched for."""

from __future__ import annotations

from materializers.errors import SinkError
from materializers.sinks.connection import SINK_TYPES, SinkConnection
from materializers.sinks.sink import Sink
from materializers.view import SinkDefinition, ViewSchema
from materializers.writer import Writer


def open_sink(
    definition: SinkDefinition,
    connection: SinkConnection,
    schema: ViewSchema,
    writer: Writer | None = None,
) -> Sink:
    """The sink that keeps the view `schema` as `definition` says, over `connection`. Without a
    `writer` it can be read only.

    Nothing is written, and where the client allows nothing is sent, before the first method is
    called. Raises SinkError where the options or the connection's settings cannot be meant.
    Each client is imported where it is used: a project with one sink loads one.
    """
    if connection.type == "elasticsearch":
        from materializers.sinks.elasticsearch import ElasticsearchSink

        return ElasticsearchSink(definition, connection, schema, writer)
    if connection.type == "redis":
        from materializers.sinks.redis import RedisSink

        return RedisSink(definition, connection, schema, writer)
    if connection.type == "postgresql":
        from materializers.sinks.postgresql import PostgresqlSink

        return PostgresqlSink(definition, connection, schema, writer)
    raise SinkError(
        f"[sink.{connection.name}] has the unknown type {connection.type!r}.",
        fix=f"use one of {', '.join(SINK_TYPES)}.",
    )
