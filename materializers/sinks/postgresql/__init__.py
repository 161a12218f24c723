"""A view as PostgreSQL tables: a table for each generation, behind one view."""

from materializers.sinks.postgresql.sink import PostgresqlSink

__all__ = ["PostgresqlSink"]
