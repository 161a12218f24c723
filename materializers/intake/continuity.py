"""Whether what lies behind a position is still whole in the topics.

A deletion is a tombstone, and Kafka keeps it for `min.compaction.lag.ms` and then
`delete.retention.ms`. Who comes to it later may not find it: a row that was deleted would stay for
ever. So a cut that was applied too long ago is not continued, unless nothing came after it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from cdc.config import Kafka
from cdc.contract.cut import Cut
from cdc.errors import BrokerError
from cdc.position import Lsn
from materializers.errors import TooOld
from materializers.intake.broker import METADATA_TIMEOUT_S
from materializers.intake.topic_facts import settings_of

MARGIN = 0.1
"""The part of the time that is left for clocks that differ."""
MARGIN_MAX_S = 300.0
SETTINGS_FRESH_S = 60.0
SETTLED_S = 10.0
"""Behind by less than this, the settings are not asked for again."""


class Continuity:
    """`began_ms`: when reading from offset zero began, for as long as no cut was reached."""

    def __init__(self, kafka: Kafka, began_ms: int) -> None:
        self._kafka, self._began_ms = kafka, began_ms
        self._topics: tuple[str, ...] = ()
        self._whole_at_ms = 0
        self._kept_s = 0.0
        self._asked_at = self._looked_at = float("-inf")

    def begin(self, topics: Iterable[str], after: Cut | None, newest: Cut | None) -> None:
        """Reading of these topics begins behind a cut; `newest` is the newest that there is.
        Raises TooOld."""
        self._topics = tuple(topics)
        self._ask()
        if after is not None and newest is not None:
            self.note(after, newest)
            if newest.version > after.version:
                self.require(after)

    def require(self, after: Cut | None) -> None:
        """Something has come behind that cut: raises TooOld where deletions among it may be
        missing."""
        age_s = self._age_s(after)
        if age_s <= self._kept(age_s):
            return
        if after is None:
            raise TooOld(
                "Reading the topics from their beginning takes longer than they keep deletions, "
                f"{_told(self._kept_s)}: rows that were deleted meanwhile could stay.",
                fix="raise delete.retention.ms of the topics, and delete_retention_ms under "
                "[kafka.topics]",
            )
        raise TooOld(
            gap_message(after.lsn, age_s, self._kept_s),
            fix='build the views anew from the topics: on_gap = "rebuild" under [pipeline]',
        )

    def is_look_due(self, after: Cut | None) -> bool:
        """Whether it is time to ask if that cut is still the newest: a source that is quiet, or
        capture that stands still, is no gap."""
        now = time.monotonic()
        is_old = after is not None and self._age_s(after) > self._kept_s / 2
        if not is_old or now < self._looked_at + self._kept_s / 8:
            return False
        self._looked_at = now
        return True

    def note(self, after: Cut, newest: Cut) -> None:
        """The newest cut there is now: where it is that one, nothing can be missing behind it."""
        if newest.version <= after.version:
            self._whole_at_ms = _now_ms()

    def _age_s(self, after: Cut | None) -> float:
        since_ms = self._began_ms if after is None else after.published_at_ms
        return (_now_ms() - max(since_ms, self._whole_at_ms)) / 1000

    def _kept(self, age_s: float) -> float:
        is_stale = time.monotonic() > self._asked_at + SETTINGS_FRESH_S
        if is_stale and age_s > min(SETTLED_S, self._kept_s / 2):
            self._ask()
        return self._kept_s

    def _ask(self) -> None:
        self._kept_s = kept_s(self._kafka, self._topics)
        self._asked_at = time.monotonic()


def _kept_ms(settings: dict[str, str]) -> int:
    return int(settings["min.compaction.lag.ms"]) + int(settings["delete.retention.ms"])


def _now_ms() -> int:
    return int(time.time() * 1000)


def _told(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def kept_s(kafka: Kafka, topics: Iterable[str], timeout_s: float = METADATA_TIMEOUT_S) -> float:
    """How long a deletion is in these topics at the least, less a margin, by their own settings; by
    the project's where this user may not ask for those. Seconds."""
    try:
        found = settings_of(kafka, topics, timeout_s)
    except BrokerError:
        found = {}
    wanted = kafka.topics.as_kafka()
    seconds = min([_kept_ms(each) for each in found.values()] or [_kept_ms(wanted)]) / 1000
    return seconds - min(seconds * MARGIN, MARGIN_MAX_S)


def gap_message(lsn: Lsn, age_s: float, kept: float) -> str:
    """That a state at this position is too old to be continued."""
    return (
        f"The state was last moved on to {lsn}, {_told(age_s)} ago, and the topics keep deletions "
        f"for {_told(kept)}: rows that were deleted meanwhile could stay."
    )
