"""Alembic's environment: runs in the transaction of the connection given."""

from alembic import context

from rederive.migrations.upgrade import SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    version_table_schema=SCHEMA,
)
context.run_migrations()
