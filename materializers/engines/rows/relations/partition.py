"""The rows of one partition of a window, in order."""

from __future__ import annotations

from materializers.engines.rows.relations.ordering import in_order
from materializers.engines.rows.row_key import row_key
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.types.sort_key import Order


class Partition:
    """`rows`: in order, each after an Environment's prefix; `first`: the values of the first sort
    key. Peers are rows that are equal in the order: those of row i are at `starts[i]` up to, not
    including, `ends[i]`; `groups`: the number of the row's peer group."""

    def __init__(self, keyed: list[tuple[Row, Row]], order: Order) -> None:
        ordered = in_order(keyed, order)
        self.rows = [row for _, row in ordered]
        self.first: list[Value] = [key[0] if key else None for key, _ in ordered]
        key = row_key([by.value.type for by in order])
        self.starts: list[int] = []
        self.groups: list[int] = []
        last: Row | None = None
        for place, (values, _) in enumerate(ordered):
            now = key(values)
            is_new = last is None or now != last
            self.starts.append(place if is_new else self.starts[-1])
            self.groups.append((self.groups[-1] + is_new) if self.groups else 0)
            last = now
        self.ends = [len(ordered)] * len(ordered)
        for place in range(len(ordered) - 2, -1, -1):
            is_last = self.groups[place] != self.groups[place + 1]
            self.ends[place] = place + 1 if is_last else self.ends[place + 1]

    def __len__(self) -> int:
        return len(self.rows)
