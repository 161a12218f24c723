"""Warns of long values that capture reads again: an update of other columns does not log them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psycopg import errors

from cdc.check import Check
from cdc.sources.postgres.catalogue.tables import Table
from cdc.sources.postgres.connection import Connection

LOCK_TIMEOUT_MS = 500

# Tables, and roots of partitions, that have TOASTed values now. pg_partition_tree would wait for
# locks on the partitions; pg_relation_size waits for that of a table being rewritten.
_TOASTED = """
WITH RECURSIVE parts AS (
    SELECT oid AS part, oid AS top FROM pg_class WHERE oid = ANY (%(tables)s)
    UNION ALL
    SELECT i.inhrelid, p.top FROM parts p JOIN pg_inherits i ON i.inhparent = p.part
    JOIN pg_class c ON c.oid = p.part WHERE c.relkind = 'p')
SELECT DISTINCT p.top::int8 FROM parts p JOIN pg_class c ON c.oid = p.part
WHERE c.reltoastrelid <> 0 AND pg_relation_size(c.reltoastrelid) > 0
"""

_COLUMNS = """
SELECT string_agg(n.nspname || '.' || c.relname || '.' || a.attname, ', '
                  ORDER BY n.nspname, c.relname, a.attnum)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attrelid = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attlen = -1 AND a.attstorage IN ('x', 'e') AND a.attgenerated = ''
"""


def check_toast(connection: Connection, captured: Sequence[Table]) -> Iterator[Check]:
    """One warning for all tables that hold such values now. Raises psycopg's errors."""
    oids = [table.oid for table in captured if table.identity != "f"]
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
            toasted = [oid for (oid,) in connection.execute(_TOASTED, {"tables": oids})]
    except errors.LockNotAvailable:
        yield Check(
            "long values", False, "which long values are read from the table again is not known "
            "now: a table is locked", "check again once no table is rewritten", level="warning",
        )  # fmt: skip
        return
    row = connection.execute(_COLUMNS, [toasted]).fetchone()
    if row is not None and row[0]:
        yield Check(
            "long values", False, f"long values of {row[0]} are read from the table again where an "
            "update leaves them alone",
            "ALTER TABLE … REPLICA IDENTITY FULL, where such updates are many",
            level="warning",
        )  # fmt: skip
