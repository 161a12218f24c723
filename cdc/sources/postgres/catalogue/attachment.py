"""How a table became a partition, and whether it may have been detached and attached in between.

The catalogue keeps no history, but each of its rows has the xmin of its writer. The pg_attribute
rows of a table's system columns are written once, when it is made; those of its other columns are
all rewritten by each ATTACH and DETACH. TRUNCATE gives a table a new file, unless the same
transaction made it.

Source: src/backend/commands/tablecmds.c, MergeAttributesIntoExisting, RemoveInheritance,
ExecuteTruncateGuts; PostgreSQL manual, "System Columns" (cmin is that of the writing command while
xmax is 0).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from psycopg import errors, sql

from cdc.sources.postgres.connection import Connection

_ATTACHMENTS = """
SELECT c.oid::int8, i.xmin::text::int8, relfilenode IN (0, c.oid),
  (SELECT bool_and(s.xmin = i.xmin) FROM pg_attribute s WHERE s.attrelid = c.oid AND s.attnum < 0),
  EXISTS (
    SELECT FROM pg_attribute a JOIN pg_attribute s USING (attrelid)
    WHERE attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND s.attnum < 0
      AND a.xmin = s.xmin AND a.cmin = s.cmin AND a.xmax = 0 AND s.xmax = 0)
FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid WHERE c.oid = ANY(%s)
"""
# Rows of the transaction that made the table are in its first pages.
_HOLDS = (
    "SELECT EXISTS (SELECT FROM ONLY {} WHERE ctid < '(1024,0)' AND xmin::text::int8 = ANY(%s))"
)
LOCK_TIMEOUT_MS = 100
_XIDS = 2**32


@dataclass(frozen=True, slots=True)
class Attachment:
    """How the table `oid` is attached as a partition now.

    `xid`: the low 32 bits of the transaction, or subtransaction, that attached it.
    `has_first_file`: never truncated or rewritten, except by the transaction that made it.
    `is_makers`: the transaction that attached it had made it.
    `is_by_birth`: made as a partition, and never detached.
    """

    oid: int
    xid: int
    has_first_file: bool
    is_makers: bool
    is_by_birth: bool

    def is_older_than(self, xid: int) -> bool:
        """Whether the transaction `xid` certainly is another one, and saw it attached. Relies on
        a transaction's number being less than those of its subtransactions."""
        return 0 < (xid - self.xid) % _XIDS < _XIDS // 2


def attachments(connection: Connection, oids: Collection[int]) -> list[Attachment]:
    """The attachments of those relations that are partitions. Raises psycopg's errors."""
    return [Attachment(*row) for row in connection.execute(_ATTACHMENTS, [list(oids)])]


def holds_rows_of(connection: Connection, oid: int, xids: Collection[int]) -> bool:
    """Whether the relation certainly holds a row written by one of these transactions. False also
    where it cannot be read now. Raises psycopg's errors."""
    query = sql.SQL(_HOLDS)
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
            name = connection.execute(
                "SELECT nspname, relname FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = %s", [oid]
            ).fetchone()  # fmt: skip
            if name is None:
                return False
            row = connection.execute(query.format(sql.Identifier(*name)), [list(xids)]).fetchone()
            return bool(row and row[0])
    except (errors.LockNotAvailable, errors.InsufficientPrivilege, errors.UndefinedTable):
        return False
