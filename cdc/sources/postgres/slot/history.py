"""The identity of the source's log, and whether a cut is a position of it.

A server restored from a backup, a standby promoted too early, or another server behind the same
name has another log: what was published is not part of it, and its positions mean something else.
Source: PostgreSQL manual, "Streaming Replication Protocol", IDENTIFY_SYSTEM and TIMELINE_HISTORY.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

from cdc.config import Source
from cdc.contract.cut import Cut, History
from cdc.position import Lsn
from cdc.sources.postgres.connection import connect, source_errors

_SWITCH = re.compile(r"^\s*(\d+)\s+([0-9A-F]+/[0-9A-F]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SourceLog:
    """`server`: the system identifier; `end`: the flushed end of the log; `switched_at`: the end of
    each earlier timeline (before a promotion)."""

    server: str
    timeline: int
    end: Lsn
    switched_at: Mapping[int, Lsn] = field(default_factory=dict)

    def departs_from(self, cut: Cut) -> str:
        """Why the cut is no position of this log, as a sentence; empty where it is one."""
        history = cut.history
        if history.server and history.server != self.server:
            return (
                f"It is another server (system identifier {self.server}) than the one that the "
                f"newest cut is of ({history.server})."
            )
        if self.end < cut.lsn:
            return (
                f"Its log ends at {self.end}, before the newest cut {cut.lsn}: it was restored "
                "from a backup, or a standby that lacked the end of the log was promoted."
            )
        if not history.timeline or history.timeline == self.timeline:
            return ""
        left = self.switched_at.get(history.timeline)
        if left is None:
            return (
                f"Its log is timeline {self.timeline}, which does not continue timeline "
                f"{history.timeline} of the newest cut: it was restored from a backup."
            )
        if left < cut.lsn:
            return (
                f"Its log left timeline {history.timeline} at {left}, before the newest cut "
                f"{cut.lsn}: what was captured behind that place is not in the database."
            )
        return ""

    def history_behind(self, cut: Cut | None) -> History:
        """The history to write into cuts of this log that follow `cut`. Where the log departs from
        the cut's, every position gets a version above the cut's."""
        base = 0
        if cut is not None:
            base = cut.version if self.departs_from(cut) else cut.history.version_base
        return History(self.server, self.timeline, base)


def source_log(source: Source) -> SourceLog:
    """The log that the source has now. Raises SourceError."""
    with closing(connect(source, replication=True)) as connection:
        with source_errors(source, "identify the server of"):
            row = connection.execute("IDENTIFY_SYSTEM").fetchone()
            assert row is not None
            server, timeline, end = str(row[0]), int(str(row[1])), Lsn.parse(str(row[2]))
            switched_at: dict[int, Lsn] = {}
            if timeline > 1:
                row = connection.execute(f"TIMELINE_HISTORY {timeline}".encode()).fetchone()
                text = _text(row[1]) if row else ""
                switched_at = {int(t): Lsn.parse(at) for t, at in _SWITCH.findall(text)}
    return SourceLog(server, timeline, end, switched_at)


def _text(content: object) -> str:
    """The history file's content, which the server declares as bytea but sends as plain text."""
    return content.decode(errors="replace") if isinstance(content, bytes) else str(content)
