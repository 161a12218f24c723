"""Whether capture can continue after the newest cut: does the log still hold what follows it?"""

from __future__ import annotations

from cdc.config import Source
from cdc.contract.cut import Cut
from cdc.sources.postgres.slot.history import SourceLog
from cdc.sources.postgres.slot.slot import Slot, foreign_slot

_LOST_BY = {
    "wal_removed": "max_slot_wal_keep_size was passed",
    "idle_timeout": "idle_replication_slot_timeout was passed",
    "rows_removed": "rows of the catalogue that it needs were removed",
    "wal_level_insufficient": "wal_level was lowered",
}


def why_lost(source: Source, log: SourceLog, slot: Slot | None, cut: Cut) -> str:
    """Why changes after the cut are lost, in a sentence or two; "" where they are not.

    Raises PreflightError where the slot is not ours: a new snapshot must not drop it.
    """
    if slot is not None and slot.foreign:
        raise foreign_slot(source, slot)
    departed = log.departs_from(cut)
    if departed:
        return f"Source {source.name} is not what was captured. {departed}"
    name = f"Slot {source.slot_name} of source {source.name}"
    if slot is None:
        return f"{name} is gone; changes since {cut.lsn} are lost."
    if slot.is_lost:
        reason = _LOST_BY.get(slot.lost_by, slot.lost_by)
        why = f" ({reason})" if reason else ""
        return f"{name} was invalidated by the server{why}; changes since {cut.lsn} are lost."
    if slot.confirmed > cut.lsn:
        return (
            f"{name} is at {slot.confirmed}, past the newest cut {cut.lsn}: it was recreated or "
            "moved on by somebody else; changes between them are lost."
        )
    if slot.is_two_phase:
        return f"{name} was recreated by somebody else, with two_phase; it may lack changes."
    return ""
