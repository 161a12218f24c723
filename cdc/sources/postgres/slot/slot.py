"""The replication slot, which keeps the log until capture has read it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from cdc.config import Source
from cdc.errors import PreflightError, SourceError
from cdc.position import Lsn
from cdc.sources.postgres.connection import Connection, source_errors

# A walsender notices a killed client only when it next writes to it.
RELEASE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot as the server shows it.

    `confirmed`: where it will resume, 0 while it is being made. `active_pid`: the process that
    reads or makes it, 0 for none; `reader`: that one's application_name. `is_lost`: the log it
    needs is gone; `lost_by`: why, where the server tells. `foreign`: why it is not ours, or "".
    """

    plugin: str
    confirmed: Lsn
    active_pid: int
    is_lost: bool
    reader: str
    lost_by: str = ""
    foreign: str = ""
    is_two_phase: bool = False


def find_slot(connection: Connection, name: str) -> Slot | None:
    """The slot, or None."""
    # As JSON: the view's columns depend on the server's version.
    row = connection.execute(
        "SELECT to_jsonb(s), coalesce(a.application_name, ''), current_database()"
        " FROM pg_replication_slots s LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid"
        " WHERE s.slot_name = %s",
        [name],
    ).fetchone()
    return _slot(*row) if row else None


def _slot(seen: dict[str, Any], reader: str, database: str) -> Slot:
    lost_by = str(seen.get("invalidation_reason") or "")
    return Slot(
        plugin=str(seen["plugin"] or ""),
        confirmed=Lsn.parse(seen["confirmed_flush_lsn"] or "0/0"),
        active_pid=int(seen["active_pid"] or 0),
        is_lost=seen["wal_status"] == "lost" or bool(lost_by) or bool(seen.get("conflicting")),
        reader=reader,
        lost_by=lost_by,
        foreign=_why_foreign(seen, database),
        is_two_phase=bool(seen.get("two_phase")),
    )


def _why_foreign(seen: dict[str, Any], database: str) -> str:
    if seen["slot_type"] != "logical":
        return "is a physical one"
    if seen["plugin"] != "pgoutput":
        return f"belongs to plugin {seen['plugin']}"
    if seen["database"] != database:
        return f"belongs to database {seen['database']}"
    # A slot is temporary while it is being made.
    if seen["temporary"] and seen["confirmed_flush_lsn"]:
        return "is a temporary one of another session"
    return ""


def wait_until_free(source: Source, connection: Connection) -> Slot | None:
    """The slot once nobody reads it. Raises SourceError after RELEASE_TIMEOUT_S."""
    deadline = time.monotonic() + RELEASE_TIMEOUT_S
    is_ended = False
    while True:
        slot = find_slot(connection, source.slot_name)
        if slot is None or not slot.active_pid:
            return slot
        if time.monotonic() > deadline:
            raise in_use(source, slot)
        # Left by a capture that was killed while the server waited for old transactions. It would
        # finish a slot that nobody reads.
        if not slot.confirmed and not is_ended:
            is_ended = _end(connection, slot.active_pid)
        time.sleep(0.1)


def _end(connection: Connection, pid: int) -> bool:
    """Terminate our backend at the server. Always True: once is enough."""
    try:
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])
    except psycopg.errors.InsufficientPrivilege:
        pass  # another role's backend: `in_use` tells the operator
    return True


def in_use(source: Source, slot: Slot) -> SourceError:
    return SourceError(
        f"Slot {source.slot_name} of source {source.name} is in use by process {slot.active_pid}.",
        fix="stop the other capture of this source, or give this source another slot name",
    )


def drop_slot(source: Source, connection: Connection) -> None:
    """Drop the slot, if there is one. Raises SourceError while someone reads it, PreflightError
    where it is not ours."""
    with source_errors(source, "drop the slot of"):
        slot = wait_until_free(source, connection)
        if slot is None:
            return
        if slot.foreign:
            raise foreign_slot(source, slot)
        connection.execute("SELECT pg_drop_replication_slot(%s)", [source.slot_name])


def foreign_slot(source: Source, slot: Slot) -> PreflightError:
    return PreflightError(
        f"Slot {source.slot_name} {slot.foreign}: it is not that of source {source.name}.",
        fix=f'give source {source.name} another slot = "…", or drop it if nobody needs it: '
        f"SELECT pg_drop_replication_slot('{source.slot_name}')",
    )


def create_command(name: str) -> sql.Composed:
    """In the syntax that every version from 14 on accepts."""
    return sql.SQL("CREATE_REPLICATION_SLOT {} LOGICAL pgoutput EXPORT_SNAPSHOT").format(
        sql.Identifier(name)
    )
