"""A call of a window function, bound (manual, "Window Function Calls")."""

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
    """One end of a frame. `side`: PRECEDING, FOLLOWING or CURRENT ROW. `distance` from the row:
    of rows, groups of peers, or values; None for UNBOUNDED and for the row itself."""

    side: str
    distance: Expression | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows of a partition that one row's answer is worked out of."""

    mode: Mode
    start: Bound
    end: Bound
    exclusion: Exclusion

    @property
    def distances(self) -> tuple[Expression, ...]:
        """Those of both ends that have one."""
        both = (self.start.distance, self.end.distance)
        return tuple(each for each in both if each is not None)

    @property
    def looks_at_peers(self) -> bool:
        """Whether a frame of single rows leaves out by peers, so that which row is whose
        neighbour decides."""
        return self.mode == "ROWS" and self.exclusion in ("TIES", "GROUP")


@dataclass(frozen=True, slots=True)
class WindowCall:
    """A value for each row of a partition. `function`: an aggregate or a function that only windows
    have. `order`: of the partition; it is total where the answer hangs on it. `frame`: None for
    the default one."""

    function: AggregateCall
    order: Order
    frame: Frame | None
