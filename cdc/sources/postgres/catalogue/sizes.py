"""About how large tables are."""

from __future__ import annotations

from collections.abc import Iterable

from cdc.sources.postgres.connection import Connection

# By the planner's estimates, which VACUUM and ANALYZE keep: pg_table_size would wait for locks. A
# partitioned table has its rows in its partitions, long values in TOAST tables.
_BYTES = """
WITH RECURSIVE part AS (
    SELECT n.nspname || '.' || c.relname AS name, c.oid, c.relpages, c.reltoastrelid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname || '.' || c.relname = ANY (%s) AND c.relkind IN ('r', 'p')
  UNION ALL
    SELECT part.name, c.oid, c.relpages, c.reltoastrelid
    FROM part JOIN pg_inherits i ON i.inhparent = part.oid
    JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
)
SELECT part.name, current_setting('block_size')::int8
       * sum(greatest(part.relpages, 0) + greatest(coalesce(toast.relpages, 0), 0))::int8
FROM part LEFT JOIN pg_class toast ON toast.oid = part.reltoastrelid
GROUP BY part.name
"""


def estimated_bytes(connection: Connection, tables: Iterable[str]) -> dict[str, int]:
    """Each table's size without indexes; 0 where it was never analysed, or is gone. Raises
    psycopg.Error."""
    names = list(tables)
    sizes = {name: size for name, size in connection.execute(_BYTES, [names])}
    return {name: sizes.get(name, 0) for name in names}
