"""Whether a table was rewritten or redefined while a snapshot of it was being read.

PostgreSQL's snapshots cover rows, not definitions or files: to one taken before, a table that
TRUNCATE or ALTER … TYPE has rewritten is empty, one that CLUSTER or VACUUM FULL has rewritten has
its rows in other pages, and a column renamed since bears its new name. A statement locks out all
that from the moment on when it first reads the table; what came before is seen by comparing the
catalogue as of the snapshot with that of now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdc.sources.postgres.catalog import Connection

# Partitions are part of the table: each is read from a file of its own.
_FILES = """
WITH RECURSIVE part AS (
    SELECT oid AS root, oid FROM unnest(%s::oid[]) AS given (oid)
  UNION
    SELECT part.root, i.inhrelid FROM part
    JOIN pg_class c ON c.oid = part.oid AND c.relkind = 'p'
    JOIN pg_inherits i ON i.inhparent = part.oid
)
SELECT part.root::int8,
       array_agg(ROW(c.oid, c.relfilenode, (
           SELECT array_agg(ROW(a.attnum, a.attname, a.atttypid, a.attnotnull, a.attisdropped)
                            ORDER BY a.attnum)
           FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
       ))::text ORDER BY c.oid)
FROM part JOIN pg_class c ON c.oid = part.oid
GROUP BY part.root
"""


def files(connection: Connection, oids: Sequence[int]) -> Mapping[int, list[str]]:
    """The files and columns of each table, partitions included, as the connection's transaction
    sees the catalogue; without the tables that are gone."""
    rows = connection.execute(_FILES, [list(oids)]).fetchall()
    return {oid: parts for oid, parts in rows}
