"""Event triggers that mark each DDL command's position in the log (`ddl = "events"`).

They write a transactional logical message, which pgoutput sends inside the command's transaction:
so the catalogue is looked at before any later cut. Only superusers may create event triggers, and
none fires for TRUNCATE, VACUUM FULL and CLUSTER. So the catalogue is still polled.

Source: PostgreSQL manual, "Event Triggers", "pg_logical_emit_message".
"""

from __future__ import annotations

from psycopg import errors

from cdc.config import Source
from cdc.errors import PreflightError
from cdc.sources.postgres.connection import Connection, source_errors

PREFIX = b"rederive.ddl"
_FUNCTION = """
CREATE OR REPLACE FUNCTION rederive.tell_ddl() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $rederive$
DECLARE told text;
BEGIN
  IF tg_event = 'sql_drop' THEN
    SELECT string_agg(object_identity, ', ') INTO told FROM pg_event_trigger_dropped_objects()
    WHERE NOT is_temporary;
  ELSE
    SELECT string_agg(object_identity, ', ') INTO told FROM pg_event_trigger_ddl_commands()
    WHERE schema_name IS DISTINCT FROM 'pg_temp';
  END IF;
  IF told IS NOT NULL THEN
    PERFORM pg_logical_emit_message(true, 'rederive.ddl', tg_tag || ': ' || told);
  END IF;
END $rederive$"""
STATEMENTS = (
    "CREATE SCHEMA IF NOT EXISTS rederive",
    _FUNCTION.strip(),
    "DROP EVENT TRIGGER IF EXISTS rederive_ddl",
    "CREATE EVENT TRIGGER rederive_ddl ON ddl_command_end EXECUTE FUNCTION rederive.tell_ddl()",
    "ALTER EVENT TRIGGER rederive_ddl ENABLE ALWAYS",
    "DROP EVENT TRIGGER IF EXISTS rederive_drop",
    "CREATE EVENT TRIGGER rederive_drop ON sql_drop EXECUTE FUNCTION rederive.tell_ddl()",
    "ALTER EVENT TRIGGER rederive_drop ENABLE ALWAYS",
)


_BODY = _FUNCTION.split("$rederive$")[1]


def has_events(connection: Connection) -> bool:
    """Whether both triggers exist, are enabled and up to date. Raises psycopg's errors."""
    row = connection.execute(
        "SELECT count(*) = 2 FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid"
        " WHERE evtname IN ('rederive_ddl', 'rederive_drop') AND evtenabled = 'A' AND prosrc = %s",
        [_BODY],
    ).fetchone()
    return bool(row and row[0])


def ensure_events(source: Source, connection: Connection) -> None:
    """Create the triggers where needed. Raises PreflightError where that is not allowed."""
    with source_errors(source, "make the event triggers of"):
        if has_events(connection):
            return
        try:
            with connection.transaction():
                for statement in STATEMENTS:
                    connection.execute(statement.encode())
        except errors.InsufficientPrivilege as error:
            raise PreflightError(
                f'Source {source.name} has ddl = "events" and lacks its event triggers, or has '
                "older ones; only a superuser can make them.",
                fix="have an administrator run what `rederive check --print-sql` prints, or set "
                'ddl = "poll"',
            ) from error
