"""Waiting for the transactions that write to a table now.

Whoever adds a table to a publication need not have waited for them. What they had written by then
is not sent, and a reader does not see it before they commit: it would be in neither.
"""

from __future__ import annotations

import time

from cdc.config import Source
from cdc.errors import SourceError
from cdc.sources.postgres.catalog import Connection
from cdc.sources.postgres.connection import source_errors

TIMEOUT_S = 60.0
POLL_S = 0.05

# A prepared transaction holds its locks without a process.
_WRITERS = """
SELECT l.virtualtransaction, coalesce(l.pid, 0),
       coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::int8
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
                 'AccessExclusiveLock')
  AND l.relation IN (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname || '.' || c.relname = %(table)s
      UNION
      SELECT p.relid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
           LATERAL pg_partition_tree(c.oid) p
      WHERE n.nspname || '.' || c.relname = %(table)s AND c.relkind = 'p')
"""


def wait_for_writers(source: Source, connection: Connection, table: str) -> None:
    """Return once every transaction that has written to the table by now has ended; later ones are
    not waited for. Raises SourceError where one lasts longer than TIMEOUT_S."""
    deadline = time.monotonic() + TIMEOUT_S
    with source_errors(source, f"look for writers of {table} in"):
        waited = _writers(connection, table)
        while waited:
            time.sleep(POLL_S)
            now = _writers(connection, table)
            waited = {writer: now[writer] for writer in waited if writer in now}
            if waited and time.monotonic() > deadline:
                raise _lasts(source, table, *next(iter(waited.values())))


def _writers(connection: Connection, table: str) -> dict[str, tuple[int, int]]:
    """Each writing transaction's process and age in seconds."""
    rows = connection.execute(_WRITERS, {"table": table})
    return {transaction: (pid, age_s) for transaction, pid, age_s in rows}


def _lasts(source: Source, table: str, pid: int, age_s: int) -> SourceError:
    if not pid:
        return SourceError(
            f"Table {table} of source {source.name} is held by a prepared transaction.",
            fix="commit it or roll it back: pg_prepared_xacts names it",
        )
    return SourceError(
        f"Table {table} of source {source.name} is being written to by process {pid}, whose "
        f"transaction has lasted {age_s} s; it is captured from that transaction's end on.",
        fix=f"end that transaction, or wait for it, then start again; SELECT query FROM "
        f"pg_stat_activity WHERE pid = {pid} shows it",
    )
