"""Whether the slot still holds everything behind the newest cut, or can be made."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cdc.check import Check
from cdc.config import Source
from cdc.contract.cut import Cut
from cdc.position import Lsn
from cdc.sources.postgres.catalog import Connection
from cdc.sources.postgres.connection import application_name, log_end

_RESNAPSHOT = "take a new snapshot: `rederive capture --resnapshot`"

_SLOT = """
SELECT s.slot_type, coalesce(s.plugin::text, ''), coalesce(s.database::text, ''),
       coalesce(s.confirmed_flush_lsn, '0/0')::text, coalesce(s.active_pid, 0),
       coalesce(s.wal_status, ''),
       coalesce(a.application_name, '')
FROM pg_replication_slots s LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid
WHERE s.slot_name = %s
"""


@dataclass(frozen=True, slots=True)
class _Slot:
    kind: str
    plugin: str
    database: str
    confirmed: str
    active_pid: int
    wal_status: str
    reader: str


def check_slot(source: Source, connection: Connection, cut: Cut | None) -> Check:
    """The slot against the newest cut; None: nothing was captured, or nothing is known of it."""
    name = source.slot_name
    if re.fullmatch(r"[a-z0-9_]{1,63}", name) is None:
        fit = re.sub(r"[^a-z0-9_]", "_", name.lower())[:63]
        return _wrong(f"slot {name} cannot be made: PostgreSQL takes up to 63 of a-z, 0-9 and _",
                      f'give source {source.name} slot = "{fit}"')  # fmt: skip
    row = connection.execute(_SLOT, [name]).fetchone()
    slot = _Slot(*row) if row else None
    # A copy that is not whole is begun anew, with a new slot.
    resumes = cut is not None and cut.snapshot is None
    end = log_end(connection)
    if cut is not None and resumes and end < cut.lsn:
        return _wrong(f"the log ends at {end}, before the newest cut {cut.lsn}: the source was "
                      "restored from a backup, or is another one", _RESNAPSHOT)  # fmt: skip
    if slot is None:
        if cut is not None and resumes:
            return _wrong(f"slot {name} is gone; changes since {cut.lsn} are lost", _RESNAPSHOT)
        return Check("slot", True, f"slot {name} is made when capture starts")
    return _foreign(source, connection, slot) or _state(source, slot, cut if resumes else None)


def _foreign(source: Source, connection: Connection, slot: _Slot) -> Check | None:
    name, another = source.slot_name, f'give source {source.name} another slot = "…"'
    if slot.kind != "logical":
        return _wrong(f"slot {name} is a physical one", another)
    if slot.plugin != "pgoutput":
        return _wrong(f"slot {name} belongs to plugin {slot.plugin}", another)
    if slot.database != connection.info.dbname:
        return _wrong(f"slot {name} belongs to database {slot.database}", another)
    return None


def _state(source: Source, slot: _Slot, cut: Cut | None) -> Check:
    name = source.slot_name
    if slot.active_pid and slot.reader == application_name(source):
        return Check("slot", True, f"slot {name} is read by capture, process {slot.active_pid}")
    if slot.active_pid:
        return _wrong(f"slot {name} is in use by process {slot.active_pid} ({slot.reader})",
                      "stop the other capture of this source, or give it another slot name"
                      )  # fmt: skip
    if slot.wal_status == "lost":
        return _wrong(f"the log that slot {name} needs is gone", _RESNAPSHOT)
    if cut is not None and Lsn.parse(slot.confirmed) > cut.lsn:
        return _wrong(f"slot {name} is at {slot.confirmed}, past the newest cut {cut.lsn}; changes "
                      "between them are lost", _RESNAPSHOT)  # fmt: skip
    if slot.wal_status == "unreserved":
        return Check("slot", False, f"slot {name} is about to lose the log it needs",
                     "start capture now, or raise max_slot_wal_keep_size", "warning")  # fmt: skip
    return Check("slot", True, f"slot {name} is free, at {slot.confirmed}")


def _wrong(message: str, fix: str) -> Check:
    return Check("slot", False, message, fix)
