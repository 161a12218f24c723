"""The types of sink that come with Rederive, as an explicit list.

Each client library is imported at use, so a project loads only those it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from materializers.sinks.connection import SinkConnection
from materializers.sinks.sink import Sink
from materializers.sinks.sink_type import SinkType
from materializers.view import SinkDefinition, ViewSchema
from materializers.writer import Writer


def _elasticsearch(
    definition: SinkDefinition,
    connection: SinkConnection,
    schema: ViewSchema,
    writer: Writer | None,
) -> Sink:
    from materializers.sinks.elasticsearch import ElasticsearchSink

    return ElasticsearchSink(definition, connection, schema, writer)


def _redis(
    definition: SinkDefinition,
    connection: SinkConnection,
    schema: ViewSchema,
    writer: Writer | None,
) -> Sink:
    from materializers.sinks.redis import RedisSink

    return RedisSink(definition, connection, schema, writer)


def _postgresql(
    definition: SinkDefinition,
    connection: SinkConnection,
    schema: ViewSchema,
    writer: Writer | None,
) -> Sink:
    from materializers.sinks.postgresql import PostgresqlSink

    return PostgresqlSink(definition, connection, schema, writer)


def _elasticsearch_bounds(timeout_s: float) -> Mapping[str, Any]:
    return {"request_timeout": timeout_s, "retry_on_timeout": False, "max_retries": 0}


def _redis_bounds(timeout_s: float) -> Mapping[str, Any]:
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    never = Retry(NoBackoff(), 0)
    return {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s, "retry": never}


def _postgresql_bounds(timeout_s: float) -> Mapping[str, Any]:
    return {"connect_timeout": max(2, round(timeout_s)), "request_timeout": timeout_s}


BUILT_IN = (
    SinkType("elasticsearch", _elasticsearch, ("index",), _elasticsearch_bounds),
    SinkType("redis", _redis, (), _redis_bounds),
    SinkType("postgresql", _postgresql, ("table", "schema"), _postgresql_bounds),
)
