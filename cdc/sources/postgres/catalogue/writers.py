"""Running transactions: those that write to a table, those that lock it, and those of given xids.

Adding a table to a publication does not wait for running writers. What they wrote before that is
not sent, and is invisible to readers until they commit: neither stream nor copy would have it. A
copy taken once they have ended has it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cdc.sources.postgres.connection import Connection

# A prepared transaction holds its locks without a process. Source: pg_locks; CREATE INDEX
# CONCURRENTLY waits for the same.
_WRITERS = """
WITH RECURSIVE part AS (
    SELECT %s::oid AS oid
  UNION
    SELECT inhrelid FROM part JOIN pg_inherits ON inhparent = part.oid
)
SELECT l.virtualtransaction, coalesce(l.pid, 0),
       coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::int8
FROM pg_locks l JOIN part ON part.oid = l.relation LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.mode = ANY (%s)
"""
_WRITING = ["RowExclusiveLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"]
_NOT_TO_BE_READ = ["AccessExclusiveLock"]


@dataclass(frozen=True, slots=True)
class Writer:
    """A transaction by its session. `pid`: 0 for a prepared one; `age_s`: of the transaction."""

    pid: int
    age_s: int

    def __str__(self) -> str:
        if not self.pid:
            return "a prepared transaction (pg_prepared_xacts names it)"
        return f"process {self.pid}, for {self.age_s} s"


# The catalogue has the low 32 bits of an xid, less than 2**31 away from the present. A running
# transaction locks its own xid, which gives its session. Of subtransactions that have ended only
# the status is known.
_GOING_ON = """
WITH given AS (
    SELECT xid, base + ((xid - base) %% 4294967296 + 6442450944) %% 4294967296 - 2147483648 AS whole
    FROM unnest(%s::int8[]) AS xid,
         LATERAL (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8) AS present (base)
)
SELECT xid, coalesce(l.pid, 0), coalesce(a.state LIKE 'idle in transaction%%', false)
FROM given LEFT JOIN pg_locks l ON locktype = 'transactionid' AND mode = 'ExclusiveLock'
    AND granted AND transactionid::text::int8 = xid
  LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE pg_xact_status(whole::text::xid8) = 'in progress'
"""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A running transaction. `pid`: 0 for a prepared one, and where only a subtransaction's number
    is known. `is_idle`: its session waits for a command."""

    xid: int
    pid: int
    is_idle: bool

    def __str__(self) -> str:
        return f"transaction {self.xid}" + (f" of process {self.pid}" if self.pid else "")


def transactions_of(connection: Connection, xids: Collection[int]) -> list[Transaction]:
    """Those of the transactions that are running. Raises psycopg's errors."""
    rows = connection.execute(_GOING_ON, [list(xids)])
    return [Transaction(*row) for row in rows]


def writers_of(connection: Connection, oid: int) -> Mapping[str, Writer]:
    """Running transactions that may have written to the table or its partitions, by virtual xid.
    Raises psycopg's errors."""
    return _holders(connection, oid, _WRITING)


def lockers_of(connection: Connection, oid: int) -> Mapping[str, Writer]:
    """Transactions whose locks keep the table or a partition from being read. Raises psycopg's
    errors."""
    return _holders(connection, oid, _NOT_TO_BE_READ)


def _holders(connection: Connection, oid: int, modes: list[str]) -> Mapping[str, Writer]:
    rows = connection.execute(_WRITERS, [oid, modes])
    return {transaction: Writer(pid, age_s) for transaction, pid, age_s in rows}
