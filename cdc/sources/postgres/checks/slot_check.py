"""Whether the slot still holds all log behind the newest cut, or can be made."""

from __future__ import annotations

import re
from dataclasses import replace

from cdc.check import Check
from cdc.config import Source
from cdc.contract.cut import Cut
from cdc.errors import PreflightError, SourceError
from cdc.sources.postgres.connection import Connection, application_name
from cdc.sources.postgres.slot.history import source_log
from cdc.sources.postgres.slot.resume import why_lost
from cdc.sources.postgres.slot.slot import Slot, find_slot, foreign_slot

_RESNAPSHOT = "take a new snapshot: `rederive capture --resnapshot`"


def check_slot(source: Source, connection: Connection, cut: Cut | None) -> Check:
    """Compares the slot with the newest cut, as a start of capture does (`resume.py`). `cut` is
    None where nothing was captured or the cut is not known."""
    name = source.slot_name
    if re.fullmatch(r"[a-z0-9_]{1,63}", name) is None:
        fit = re.sub(r"[^a-z0-9_]", "_", name.lower())[:63]
        return Check(
            "slot name", False,
            f"slot {name} cannot be made: PostgreSQL takes up to 63 of a-z, 0-9 and _",
            f'give source {source.name} slot = "{fit}"',
        )  # fmt: skip
    slot = find_slot(connection, name)
    if slot is not None and slot.foreign:
        error = foreign_slot(source, slot)
        return _wrong(error.message, error.fix)
    # An incomplete first copy begins again, with a new slot.
    if cut is not None and (cut.snapshot is None or cut.snapshot.is_refill):
        seen = slot
        if slot is not None and slot.active_pid and slot.reader == application_name(source):
            # A running capture has gone on since the cut was read.
            seen = replace(slot, confirmed=min(slot.confirmed, cut.lsn))
        try:
            why = why_lost(source, source_log(source), seen, cut)
        except (PreflightError, SourceError) as error:
            return _wrong(error.message, error.fix)
        if why and source.on_lost == "refill":
            return Check("slot", False, why, "start capture, which refills every table as "
                         "on_lost says", "warning")  # fmt: skip
        if why:
            return _wrong(why, f'{_RESNAPSHOT}, or set on_lost = "refill"')
    if slot is None:
        return Check("slot", True, f"slot {name} is made when capture starts")
    return _state(source, connection, slot)


def _state(source: Source, connection: Connection, slot: Slot) -> Check:
    name = source.slot_name
    if slot.active_pid and slot.reader == application_name(source):
        return Check("slot", True, f"slot {name} is read by capture, process {slot.active_pid}")
    if slot.active_pid:
        return _wrong(f"slot {name} is in use by process {slot.active_pid} ({slot.reader})",
                      "stop the other capture of this source, or give it another slot name"
                      )  # fmt: skip
    row = connection.execute(
        "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", [name]
    ).fetchone()
    if row == ("unreserved",):
        return Check("slot", False, f"slot {name} is about to lose the log it needs",
                     "start capture now, or raise max_slot_wal_keep_size", "warning")  # fmt: skip
    return Check("slot", True, f"slot {name} is free, at {slot.confirmed}")


def _wrong(message: str, fix: str) -> Check:
    return Check("slot", False, message, fix)
