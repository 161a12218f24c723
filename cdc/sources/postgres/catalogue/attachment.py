"""How a partition came to be one: whether it may have been one before, and gone in between.

The catalogue keeps no history, but each row of it says who wrote it. A table's system columns are
written when it is made, and never again; its other columns by each ATTACH and DETACH, all of them.
TRUNCATE gives a table another file, unless the same transaction made it.

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
# Its maker's rows are in its first pages.
_HOLDS = (
    "SELECT EXISTS (SELECT FROM ONLY {} WHERE ctid < '(1024,0)' AND xmin::text::int8 = ANY(%s))"
)
LOCK_TIMEOUT_MS = 100
_XIDS = 2**32


@dataclass(frozen=True, slots=True)
class Attachment:
    """Of the partition `oid`, as it is now. `xid`: who attached it, the low half of the number, or
    a subtransaction's. `has_first_file`: it was never truncated or rewritten, but perhaps by the
    transaction that made it. `is_makers`: who attached it had made it. `is_by_birth`: it was made
    as a partition, and has stayed one ever since."""

    oid: int
    xid: int
    has_first_file: bool
    is_makers: bool
    is_by_birth: bool

    def is_older_than(self, xid: int) -> bool:
        """Whether the transaction of that number is certainly another one, and saw it attached:
        a transaction's number is less than those of its subtransactions."""
        return 0 < (xid - self.xid) % _XIDS < _XIDS // 2


def attachments(connection: Connection, oids: Collection[int]) -> list[Attachment]:
    """Those of these relations that are partitions now. Raises psycopg's errors."""
    return [Attachment(*row) for row in connection.execute(_ATTACHMENTS, [list(oids)])]


def holds_rows_of(connection: Connection, oid: int, xids: Collection[int]) -> bool:
    """Whether a row of the relation is certainly as one of these transactions wrote it: False too
    where it cannot be read now. Raises psycopg's errors."""
    query = sql.SQL(_HOLDS)
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
            found = connection.execute(
                "SELECT nspname, relname FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = %s", [oid]
            ).fetchone()  # fmt: skip
            if found is None:
                return False
            row = connection.execute(query.format(sql.Identifier(*found)), [list(xids)]).fetchone()
            return bool(row and row[0])
    except (errors.LockNotAvailable, errors.InsufficientPrivilege, errors.UndefinedTable):
        return False
