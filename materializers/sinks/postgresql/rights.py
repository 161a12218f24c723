"""The rights that a sink's user needs to make its first generation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from materializers.sinks.document import quoted
from rederive.migrations.upgrade import SCHEMA

_FACTS = """
SELECT current_user::text, current_database()::text, pg_is_in_recovery(),
       has_database_privilege(current_database(), 'CREATE'),
       has_database_privilege(current_database(), 'TEMPORARY'),
       to_regnamespace(%(schema)s) IS NOT NULL,
       coalesce(has_schema_privilege(to_regnamespace(%(schema)s)::oid, 'CREATE'), false)
           AND coalesce(has_schema_privilege(to_regnamespace(%(schema)s)::oid, 'USAGE'), false),
       to_regnamespace(%(own)s) IS NOT NULL,
       coalesce(has_schema_privilege(to_regnamespace(%(own)s)::oid, 'CREATE')
           AND has_schema_privilege(to_regnamespace(%(own)s)::oid, 'USAGE'), false)
           AND NOT EXISTS (
               SELECT FROM pg_class, unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) AS privilege
               WHERE relnamespace = to_regnamespace(%(own)s) AND relkind = 'r'
                 AND NOT has_table_privilege(pg_class.oid, privilege))
"""


def missing_rights(connection: psycopg.Connection[Any], schema: str) -> Iterator[tuple[str, str]]:
    """What is missing, with the statement that grants it, for a sink with tables in `schema`.

    Raises psycopg's errors.
    """
    row = connection.execute(_FACTS, {"schema": quoted(schema), "own": SCHEMA}).fetchone()
    assert row is not None
    (user, database, is_standby, may_create, may_temporary, has_schema, may_use_schema, has_own,
     may_use_own) = row  # fmt: skip
    role = quoted(user)
    if is_standby:
        yield "the server is a standby and read-only", "connect to the primary"
    if not has_schema:
        yield (f"schema {schema} does not exist",
               f"CREATE SCHEMA {quoted(schema)} AUTHORIZATION {role}")  # fmt: skip
    elif not may_use_schema:
        yield (f"user {user} may not create tables in schema {schema}",
               f"GRANT USAGE, CREATE ON SCHEMA {quoted(schema)} TO {role}")  # fmt: skip
    if has_own and not may_use_own:
        yield (
            f"user {user} may not make and change tables in schema {SCHEMA}",
            f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {role}; "
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {role}",
        )
    if not has_own and not may_create:
        yield (f"user {user} may not create schema {SCHEMA} in database {database}",
               f"CREATE SCHEMA {SCHEMA} AUTHORIZATION {role}")  # fmt: skip
    if not may_temporary:
        yield (f"user {user} may not make temporary tables in database {database}",
               f"GRANT TEMPORARY ON DATABASE {quoted(database)} TO {role}")  # fmt: skip
