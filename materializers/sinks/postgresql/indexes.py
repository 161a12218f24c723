"""Recreates users' indexes on the next generation's table, with the same names. Those of the former
table are renamed until it is dropped."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import psycopg

from materializers.sinks.document import quoted
from materializers.sinks.postgresql.name import fitting

log = logging.getLogger("rederive.sinks")

_INDEXES = """
SELECT i.relname, pg_get_indexdef(i.oid),
    format('CREATE %%sINDEX %%I ON %%I.%%I ', CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END,
        i.relname, n.nspname, t.relname)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE x.indrelid = to_regclass(%s) AND x.indisvalid
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid)
ORDER BY i.relname
"""
Connection = psycopg.Connection[Any]


def carry_indexes(connection: Connection, schema: str, former: str, coming: str) -> None:
    """Make the indexes of the table `former` on `coming` (plain names), in the caller's
    transaction. One that cannot be made, as on a dropped column, is logged and left out."""
    if former == coming:
        return
    indexes = connection.execute(_INDEXES, (_place(schema, former),)).fetchall()
    for name, definition, head in indexes:
        if not definition.startswith(head):
            continue
        try:
            with connection.transaction():
                _carry(connection, schema, (former, coming), name, definition, head)
        except psycopg.Error as error:
            reason = error.diag.message_primary or type(error).__name__
            log.warning("index %s of %s.%s is lost in the switch: %s", name, schema, former, reason)


def _carry(
    connection: Connection,
    schema: str,
    tables: tuple[str, str],
    name: str,
    definition: str,
    head: str,
) -> None:
    former, coming = tables
    unique = "UNIQUE " if head.startswith("CREATE UNIQUE") else ""
    made = f"rederive_{hashlib.sha256(f'{coming} {name}'.encode()).hexdigest()[:16]}"
    tail = definition.removeprefix(head)
    for statement in (
        f"CREATE {unique}INDEX {quoted(made)} ON {_place(schema, coming)} {tail}",
        f"ALTER INDEX {_place(schema, name)} RENAME TO {quoted(fitting(f'{name} {former}'))}",
        f"ALTER INDEX {_place(schema, made)} RENAME TO {quoted(name)}",
    ):
        connection.execute(statement.encode())


def _place(schema: str, name: str) -> str:
    return f"{quoted(schema)}.{quoted(name)}"
