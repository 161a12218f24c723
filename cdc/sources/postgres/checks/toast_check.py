"""Which long values are read again, because an update that leaves them alone does not log them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cdc.check import Check
from cdc.sources.postgres.catalogue.tables import Table
from cdc.sources.postgres.connection import Connection

# A table's own, or its partitions': those that store values apart now.
_TOASTED = """
SELECT p.top::int8
FROM (SELECT oid AS leaf, oid AS top FROM pg_class WHERE oid = ANY (%(tables)s)
      UNION ALL
      SELECT leaf.relid, top.oid FROM pg_class top, pg_partition_tree(top.oid) leaf
      WHERE top.oid = ANY (%(tables)s) AND top.relkind = 'p' AND leaf.isleaf) AS p
JOIN pg_class c ON c.oid = p.leaf
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
    toasted = [oid for (oid,) in connection.execute(_TOASTED, {"tables": oids})]
    row = connection.execute(_COLUMNS, [toasted]).fetchone()
    if row is not None and row[0]:
        yield Check(
            "long values", False, f"long values of {row[0]} are read from the table again where an "
            "update leaves them alone",
            "ALTER TABLE … REPLICA IDENTITY FULL, where such updates are many",
            level="warning",
        )  # fmt: skip
