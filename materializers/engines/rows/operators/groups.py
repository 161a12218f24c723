"""The groups that recent batches changed, in memory: often they are changed again.

Bounded over all operators of a circuit. A batch that fails changes nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value

GROUPS_KNOWN_MAX = 50_000
"""The number of groups in memory, of all operators; about 600 bytes each."""

Group = tuple["Sequence[Value] | None", "Row | None"]
"""Its state, and its row in the result."""


class RecentGroups:
    """The recent groups of all operators, `groups_max` at most."""

    def __init__(self, groups_max: int = GROUPS_KNOWN_MAX) -> None:
        self._all: list[Groups] = []
        self._groups_max = groups_max
        self._count = 0

    def of_operator(self) -> Groups:
        """The groups of one more operator."""
        self._all.append(Groups(self))
        return self._all[-1]

    def grow(self, count: int) -> None:
        """There are so many more. Where they are too many, all are forgotten."""
        self._count += count
        if self._count > self._groups_max:
            for each in self._all:
                each.known = {}
            self._count = 0


class Groups:
    """Those of one operator. `known`: as of the last durable batch; `moved`: those that the
    present batch changed, None for one that is gone."""

    def __init__(self, recent: RecentGroups) -> None:
        self.known: dict[bytes, Group] = {}
        self.moved: dict[bytes, Group | None] = {}
        self._recent = recent

    def save(self) -> None:
        """The batch is durable."""
        known, before = self.known, len(self.known)
        for key, group in self.moved.items():
            if group is None:
                known.pop(key, None)
            else:
                known[key] = group
        self._recent.grow(len(known) - before)
