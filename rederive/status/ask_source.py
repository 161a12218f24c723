"""Asks the source for its clock, its log's end, and capture's slot."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from cdc.config import Source
from cdc.sources.postgres.connection import connect, source_errors, without_page_header
from rederive.status.facts import SlotFacts, SourceFacts

_NOW = """
WITH log AS (
  SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
              ELSE pg_current_wal_insert_lsn() END AS reached
)
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8, log.reached::text,
       EXISTS (SELECT FROM pg_publication WHERE pubname = %s), to_jsonb(s),
       coalesce(pg_wal_lsn_diff(log.reached, s.restart_lsn), 0)::int8
FROM log LEFT JOIN pg_replication_slots s ON s.slot_name = %s
"""


def ask_source(source: Source, timeout_s: float) -> SourceFacts:
    """Raises SourceError where it refuses or does not answer in time."""
    with closing(connect(source, answer_timeout_s=timeout_s)) as connection:
        with source_errors(source, "ask for the position of"):
            row = connection.execute(_NOW, [source.publication_name, source.slot_name]).fetchone()
    assert row is not None
    now_us, reached, has_publication, slot, retained_bytes = row
    return SourceFacts(
        lsn=without_page_header(str(reached)),
        now_us=int(str(now_us)),
        slot=_slot(source.slot_name, slot, int(str(retained_bytes))) if slot else None,
        has_publication=bool(has_publication),
    )


def _slot(name: str, seen: Any, retained_bytes: int) -> SlotFacts:
    """The slot's facts; which columns exist depends on the server's version."""
    lost_by = str(seen.get("invalidation_reason") or "")
    if seen["wal_status"] == "lost" or seen.get("conflicting"):
        lost_by = lost_by or "its log was removed"
    safe = seen.get("safe_wal_size")
    return SlotFacts(
        name=name,
        is_active=bool(seen["active"]),
        wal_status=str(seen["wal_status"] or ""),
        retained_bytes=retained_bytes,
        safe_bytes=int(safe) if safe is not None else None,
        lost_by=lost_by,
    )
