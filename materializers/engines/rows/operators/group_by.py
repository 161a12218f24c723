"""GROUP BY and DISTINCT: for each group, the number of rows, accumulators and stored results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from materializers.engines.rows.operators.accumulators.accumulator import Accumulator, Slots
from materializers.engines.rows.operators.delta import Delta, Write
from materializers.engines.rows.operators.expressions import Values
from materializers.engines.rows.operators.groups import Group, Groups
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.operators.stored_answer import Recomputed, StoredAnswer
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.engines.rows.values import Value

ByGroup = dict[bytes, Delta]
"""The values of changed rows, with weights, by the group's key."""


@dataclass(frozen=True, slots=True)
class Side:
    """An input of a grouping: all rows, or the distinct values of groups. `values`: of a row, its
    group's first."""

    operator: Operator
    values: Values | None
    accumulators: tuple[Accumulator, ...]
    counts_rows: bool


@dataclass(frozen=True, slots=True)
class Form:
    """The stored form of a group: the number of rows, the group's values, then slots. `group`: the
    number of values; `key`: their bytes, for a row that begins with them; `is_one`: without GROUP
    BY there is always one row. `answers`: the results by position, after the group's values.
    `stored`: stored results, each with the index of its slot."""

    group: int
    key: Callable[[Row], bytes]
    is_one: bool
    zero: tuple[Value, ...]
    state: RowBytes
    write: Write
    answers: tuple[Accumulator | int, ...]
    stored: tuple[tuple[StoredAnswer, int], ...]


class GroupBy(Operator):
    """`sides`: the one of all rows first. `groups`: those that recent batches changed."""

    def __init__(self, sides: Sequence[Side], form: Form, shelf: Shelf, groups: Groups) -> None:
        reads = dict.fromkeys(answer.rows for answer, _ in form.stored)
        super().__init__([side.operator for side in sides], list(reads), shelf)
        self.starts_alone = form.is_one
        self.costs_its_size = any(isinstance(answer, Recomputed) for answer, _ in form.stored)
        self._sides = sides
        self._form = form
        self._shelf = shelf
        self._groups = groups
        self._takers = [[a.take for a in side.accumulators if a.kinds] for side in sides]
        self._answers = [
            itemgetter(each) if isinstance(each, int) else each.answer for each in form.answers
        ]

    def move(self, deltas: Sequence[Delta]) -> Delta:
        changes = [self._by_group(d, s) for d, s in zip(deltas, self._sides, strict=True)]
        keys: Iterable[bytes] = changes[0]
        if len(changes) > 1:
            keys = dict.fromkeys(key for each in changes for key in each)
        is_first = self._form.is_one and not self.is_built
        if is_first:
            keys = [b""]
        write, pending, moved = self._form.state.write, self._shelf.pending, self._groups.moved
        delta: Delta = []
        for key, (old, before) in self._before(keys).items():
            new = self._moved(key, old, changes)
            after = self._result(new)
            self._emit(delta, None if is_first else before, after)
            assert new[0] >= 0, "a row of a group is deleted that was not there"
            pending[key] = write(new) if new[0] else None
            moved[key] = (new, after) if new[0] else None
        return delta

    def _before(self, keys: Iterable[bytes]) -> dict[bytes, Group]:
        """The state of each group before the batch, and its row."""
        known = self._groups.known
        missing = [key for key in keys if key not in known]
        groups = {key: known[key] for key in keys if key in known}
        if missing:
            stored, read = self._shelf.get(missing), self._form.state.read
            for key in missing:
                data = stored.get(key)
                old = None if data is None else read(data)
                groups[key] = old, self._result(old)
        return groups

    def saved(self) -> None:
        self._groups.save()

    def settle(self) -> None:
        self._groups.moved = {}

    def whole(self) -> Delta:
        read = self._form.state.read
        rows = [self._result(read(data)) for _, data in self._shelf.scan()]
        if self._form.is_one and not rows:
            rows = [self._result(None)]
        return [(row, 1) for row in rows if row is not None]

    def _by_group(self, delta: Delta, side: Side) -> ByGroup:
        key_of, values_of = self._form.key, side.values
        by_group: ByGroup = {}
        for row, weight in delta:
            values = row if values_of is None else values_of(row)
            key = key_of(values)
            if key in by_group:
                by_group[key].append((values, weight))
            else:
                by_group[key] = [(values, weight)]
        return by_group

    def _moved(self, key: bytes, old: Sequence[Value] | None, changes: Iterable[ByGroup]) -> Slots:
        slots = list(self._form.zero if old is None else old)
        size = self._form.group
        for side, takers, groups in zip(self._sides, self._takers, changes, strict=True):
            rows = groups.get(key)
            if rows is None:
                continue
            if side.counts_rows:
                for _, weight in rows:
                    slots[0] += weight
                if old is None:
                    slots[1 : size + 1] = rows[-1][0][:size]
            for take in takers:
                take(slots, rows)
        for answer, at in self._form.stored:
            if key in answer.rows.changes or old is None:
                values = answer.values(key)
                slots[at : at + len(values)] = values
        return slots

    def _result(self, slots: Sequence[Value] | None) -> Row | None:
        """The group's row; None if the group does not exist."""
        form = self._form
        if form.is_one:
            slots = form.zero if slots is None else slots
        elif slots is None or not slots[0]:
            return None
        return (*slots[1 : form.group + 1], *[answer(slots) for answer in self._answers])

    def _emit(self, delta: Delta, old: Row | None, new: Row | None) -> None:
        # rows that Python calls equal may still have different bytes: 1.0 and 1.00
        write = self._form.write
        if old is not None and old == new and write(old) == write(new):
            return
        if old is not None:
            delta.append((old, -1))
        if new is not None:
            delta.append((new, 1))
