"""The replication slot: what keeps the log from being recycled before it is read."""

from __future__ import annotations

import time
from dataclasses import dataclass

from psycopg import sql

from cdc.config import Source
from cdc.errors import SourceError
from cdc.position import Lsn
from cdc.sources.postgres.catalog import Connection
from cdc.sources.postgres.connection import connect, source_errors

# A walsender notices that its client was killed only when it next writes to it.
RELEASE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot as the server sees it. `confirmed` is where it will resume; `active_pid` the
    walsender that reads it, 0 for none, and `reader` the name its client gave; `is_lost` that the
    log it needs is gone."""

    plugin: str
    confirmed: Lsn
    active_pid: int
    is_lost: bool
    reader: str


def find_slot(connection: Connection, name: str) -> Slot | None:
    """The slot of that name, or None."""
    row = connection.execute(
        "SELECT plugin::text, coalesce(confirmed_flush_lsn, '0/0')::text, coalesce(active_pid, 0),"
        " coalesce(wal_status = 'lost', false), coalesce(application_name, '')"
        " FROM pg_replication_slots LEFT JOIN pg_stat_activity ON pid = active_pid"
        " WHERE slot_name = %s",
        [name],
    ).fetchone()
    return Slot(row[0], Lsn.parse(row[1]), *row[2:]) if row else None


def wait_until_free(source: Source, connection: Connection) -> Slot | None:
    """The slot once no one reads it. Raises SourceError where someone still does in the end."""
    deadline = time.monotonic() + RELEASE_TIMEOUT_S
    while True:
        slot = find_slot(connection, source.slot_name)
        if slot is None or not slot.active_pid:
            return slot
        if time.monotonic() > deadline:
            raise in_use(source, slot)
        time.sleep(0.1)


def in_use(source: Source, slot: Slot) -> SourceError:
    return SourceError(
        f"Slot {source.slot_name} of source {source.name} is in use by process {slot.active_pid}.",
        fix="stop the other capture of this source, or give this source another slot name",
    )


def drop_slot(source: Source, connection: Connection) -> None:
    """Remove the slot if it is there. Raises SourceError while someone reads it."""
    with source_errors(source, "drop the slot of"):
        if wait_until_free(source, connection) is not None:
            connection.execute("SELECT pg_drop_replication_slot(%s)", [source.slot_name])


class NewSlot:
    """A slot just made, and the snapshot of the database at the very place where it begins.

    The snapshot can be taken over by other connections until `close`.
    """

    def __init__(self, source: Source) -> None:
        self._connection = connect(source, replication=True)
        try:
            with source_errors(source, "create the slot of"):
                row = self._connection.execute(_create(source.slot_name)).fetchone()
        except BaseException:
            self._connection.close()
            raise
        assert row is not None
        self.start = Lsn.parse(str(row[1]))
        self.snapshot_name = str(row[2])

    def close(self) -> None:
        self._connection.close()


def _create(name: str) -> sql.Composed:
    # The spelling that every version from 14 on understands.
    return sql.SQL("CREATE_REPLICATION_SLOT {} LOGICAL pgoutput EXPORT_SNAPSHOT").format(
        sql.Identifier(name)
    )
