"""Whether the topics still hold everything after a position.

A deletion is a tombstone, which Kafka keeps for `min.compaction.lag.ms` and then
`delete.retention.ms`. A later reader may miss it, and would keep the deleted row forever. So a cut
applied too long ago is not continued from, unless nothing came after it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from cdc.config import Kafka
from cdc.contract.cut import Cut
from cdc.errors import BrokerError
from materializers.errors import TooOld
from materializers.intake.broker import METADATA_TIMEOUT_S
from materializers.intake.topic_facts import settings_of

MARGIN = 0.1
"""The share of the retention that is reserved for differences of clocks."""
MARGIN_MAX_S = 300.0
SETTINGS_FRESH_S = 60.0
SETTLED_S = 10.0
"""With a smaller lag than this, the settings are not read again."""


class Continuity:
    """`began_ms`: when reading from offset zero began; it counts until a cut is reached."""

    def __init__(self, kafka: Kafka, began_ms: int) -> None:
        self._kafka, self._began_ms = kafka, began_ms
        self._topics: tuple[str, ...] = ()
        self._whole_at_ms = 0
        self._retention_s = 0.0
        self._asked_at = self._looked_at = float("-inf")

    def begin(self, topics: Iterable[str], after: Cut | None, newest: Cut | None) -> None:
        """Begin to read these topics after a cut; `newest`: the newest there is. Raises TooOld."""
        self._topics = tuple(topics)
        self._ask()
        if after is not None and newest is not None:
            self.note(after, newest)
            if newest.version > after.version:
                self.require(after)

    def require(self, after: Cut | None) -> None:
        """Raise TooOld where deletions after that cut may be missing. Call it once something came
        after the cut."""
        age_s = self._age_s(after)
        if age_s <= self._retention(age_s):
            return
        if after is None:
            raise TooOld(
                "Reading the topics from their beginning takes longer than they keep deletions, "
                f"{_duration(self._retention_s)}: rows that were deleted meanwhile could stay.",
                fix="raise delete.retention.ms of the topics, and delete_retention_ms under "
                "[kafka.topics]",
            )
        raise TooOld(
            gap_message(str(after.lsn), age_s, self._retention_s),
            fix='rebuild the views from the topics: on_gap = "rebuild" under [pipeline]',
        )

    def is_look_due(self, after: Cut | None) -> bool:
        """Whether to ask if that cut is still the newest: if it is, as in a quiet source, its age
        is no gap."""
        now = time.monotonic()
        is_old = after is not None and self._age_s(after) > self._retention_s / 2
        if not is_old or now < self._looked_at + self._retention_s / 8:
            return False
        self._looked_at = now
        return True

    def note(self, after: Cut, newest: Cut) -> None:
        """Note the newest cut: while it is `after`, nothing can be missing."""
        if newest.version <= after.version:
            self._whole_at_ms = _now_ms()

    def _age_s(self, after: Cut | None) -> float:
        since_ms = self._began_ms if after is None else after.published_at_ms
        return (_now_ms() - max(since_ms, self._whole_at_ms)) / 1000

    def _retention(self, age_s: float) -> float:
        is_stale = time.monotonic() > self._asked_at + SETTINGS_FRESH_S
        if is_stale and age_s > min(SETTLED_S, self._retention_s / 2):
            self._ask()
        return self._retention_s

    def _ask(self) -> None:
        self._retention_s = retention_s(self._kafka, self._topics)
        self._asked_at = time.monotonic()


def _retention_ms(settings: dict[str, str]) -> int:
    return int(settings["min.compaction.lag.ms"]) + int(settings["delete.retention.ms"])


def _now_ms() -> int:
    return int(time.time() * 1000)


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def retention_s(
    kafka: Kafka, topics: Iterable[str], timeout_s: float = METADATA_TIMEOUT_S
) -> float:
    """Seconds for which these topics keep a deletion at least, less a margin. By their own
    settings, or by the project's where this user may not read those."""
    try:
        settings = settings_of(kafka, topics, timeout_s)
    except BrokerError:
        settings = {}
    wanted = kafka.topics.as_kafka()
    seconds = min([_retention_ms(s) for s in settings.values()] or [_retention_ms(wanted)]) / 1000
    return seconds - min(seconds * MARGIN, MARGIN_MAX_S)


def gap_message(position: str, age_s: float, retention: float) -> str:
    """The message about a state at this position that is too old; times in seconds."""
    return (
        f"The state was last moved on to {position}, {_duration(age_s)} ago, and the topics keep "
        f"deletions for {_duration(retention)}: rows that were deleted meanwhile could stay."
    )
