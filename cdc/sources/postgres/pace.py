"""When capture writes and commits: at once after a pause, under load as the commits' cost allows.

Kafka writes a transaction's end into its partitions after the commit has returned. Until that is
done it refuses the next transaction, and librdkafka tries again only 20 ms later. Nothing tells
when it is done. So capture rests after a commit: twice as long after a commit that took as long as
one that was refused, and a little less after each other one.
"""

from __future__ import annotations

BEHIND_INTERVAL_S = 0.25
"""How long changes are gathered behind the source: fewer Kafka transactions, more rows a second.
The lag dominates the latency then."""
REST_MIN_S, REST_MAX_S = 0.003, 0.012
REFUSED_S = 0.02
_LESS = 0.995


class Pace:
    """Times are of the monotonic clock, in seconds. `interval_max_s`: the longest that changes
    gather unless capture is behind. `ended`: when the last cut was committed."""

    def __init__(self, interval_max_s: float) -> None:
        self._interval_max_s = interval_max_s
        self._rest_s = self._gather_s = REST_MIN_S
        self.ended = 0.0

    @property
    def rests_until(self) -> float:
        """Before this nothing should be produced, unless capture is behind."""
        return self.ended + self._rest_s

    def due(self, *, is_behind: bool) -> float:
        """The earliest time of the next commit."""
        return self.ended + (BEHIND_INTERVAL_S if is_behind else self._gather_s)

    def committed(self, began: float, ended: float) -> None:
        """A commit took this time."""
        cost_s = ended - began
        self.ended = ended
        rest_s = self._rest_s * (2 if cost_s >= REFUSED_S else _LESS)
        self._rest_s = min(REST_MAX_S, max(REST_MIN_S, rest_s))
        # A third of the time at least is left to the source, the broker and the readers.
        self._gather_s = max(self._rest_s, min(self._interval_max_s, cost_s / 2))
