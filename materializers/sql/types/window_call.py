"""A bound call of a window function (manual, "Window Function Calls")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Order

Mode = Literal["ROWS", "RANGE", "GROUPS"]
Exclusion = Literal["NO OTHERS", "CURRENT ROW", "GROUP", "TIES"]


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a frame. `side`: PRECEDING, FOLLOWING or CURRENT ROW. `distance`: in rows, peer
    groups, or values; None for UNBOUNDED and CURRENT ROW."""

    side: str
    distance: Expression | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows of a partition over which a row's result is computed."""

    mode: Mode
    start: Bound
    end: Bound
    exclusion: Exclusion

    @property
    def distances(self) -> tuple[Expression, ...]:
        """The distances of the ends that have one."""
        both = (self.start.distance, self.end.distance)
        return tuple(each for each in both if each is not None)

    @property
    def looks_at_peers(self) -> bool:
        """Whether a ROWS frame excludes by peers: then the result depends on the order of peers."""
        return self.mode == "ROWS" and self.exclusion in ("TIES", "GROUP")


@dataclass(frozen=True, slots=True)
class WindowCall:
    """A value for each row of a partition. `function`: an aggregate or a window function. `order`:
    within the partition, total where the result depends on it. `frame`: None for the default."""

    function: AggregateCall
    order: Order
    frame: Frame | None
