"""The relations of a GROUP BY: one GroupBy, or one for each grouping set over a shared input."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

from materializers.sql.planned import Queries
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Column, Relation
from materializers.sql.relations.same import Shared
from materializers.sql.relations.set_operations import UnionAll
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.expression import (
    ColumnRef,
    Constant,
    Expression,
)
from materializers.sql.types.sort_key import Order, SortKey
from materializers.sql.types.sql_type import INTEGER


class GroupingParts:
    """`groups`: (name in the plan, expression over the input); `sets`: for each grouping set the
    indexes of its groups; `masks`: (name, the arguments of a `grouping()`); `dependent`: names of
    groups that the others determine; `shown`: for a group whose key is not its value, the aggregate
    that gives the value."""

    def __init__(self, planner: Queries, child: Relation) -> None:
        self.child = child
        self.alias = planner.unique("group")
        self.groups: list[tuple[str, Expression]] = []
        self.sets: list[list[int]] = []
        self.is_several = False
        self.dependent: set[str] = set()
        self.shown: dict[str, str] = {}
        self.aggregates: list[tuple[str, AggregateCall]] = []
        self.masks: list[tuple[str, tuple[str, ...]]] = []

    def add_group(self, value: Expression) -> str:
        self.groups.append((f"{self.alias}.g{len(self.groups)}", value))
        return self.groups[-1][0]

    def everywhere(self) -> set[int]:
        """The indexes of the groups that are in every grouping set."""
        return set[int].intersection(*map(set, self.sets)) if self.sets else set()

    def columns_everywhere(self) -> set[str]:
        """The input's columns that are in every grouping set."""
        values = [self.groups[place][1] for place in self.everywhere()]
        return {value.column for value in values if isinstance(value, ColumnRef)}

    def add_aggregate(self, call: AggregateCall) -> str:
        self.aggregates.append((f"{self.alias}.a{len(self.aggregates)}", call))
        return self.aggregates[-1][0]

    def add_mask(self, groups: tuple[str, ...]) -> str:
        known = {wanted: name for name, wanted in self.masks}
        if groups not in known:
            self.masks.append((f"{self.alias}.m{len(self.masks)}", groups))
            return self.masks[-1][0]
        return known[groups]

    def tiebreak(self) -> Order:
        """The order of rows that an ORDER BY makes equal: by the input's key."""
        keys = sorted(self.child.keys, key=lambda key: (len(key), sorted(key)))
        columns = {c.name: c.as_expression() for c in self.child.columns}
        return tuple(SortKey(columns[name]) for name in (sorted(keys[0]) if keys else columns))

    def relation(self) -> Relation:
        if not self.is_several:
            if not self.masks:
                return self._grouping(self.child, range(len(self.groups)), "")
            return self._part(self.child, list(range(len(self.groups))), "")
        shared, parts = Shared(self.child), []
        for number, places in enumerate(self.sets):
            parts.append(self._part(shared, places, f"@{number}"))
        return UnionAll(tuple(parts), self._columns(), self._keys())

    # one grouping set

    def _grouping(self, child: Relation, places: range | list[int], suffix: str) -> Relation:
        groups = tuple((self.groups[p][0] + suffix, self.groups[p][1]) for p in places)
        aggregates = tuple((name + suffix, call) for name, call in self.aggregates)
        names = [n for p in places if (n := self.groups[p][0]) not in self.dependent]
        key = frozenset(self.shown.get(n, n) + suffix for n in names)
        return GroupBy(child, groups, aggregates, key)

    # several

    def _part(self, child: Relation, places: list[int], suffix: str) -> Relation:
        """One grouping set with the columns of all, NULL for the groups that it leaves out."""
        outputs: list[tuple[str, Expression]] = []
        for place, (name, value) in enumerate(self.groups):
            group: Expression = ColumnRef(name + suffix, value.type, value.nullable)
            if place not in places:
                group = Constant(None, value.type)
            outputs.append((f"{name}{suffix}'", group))
        left_out = self._left_out(places)
        for name, call in self.aggregates:
            aggregate: Expression = ColumnRef(name + suffix, call.type, call.nullable)
            if name in left_out:
                aggregate = Constant(None, call.type)
            outputs.append((f"{name}{suffix}'", aggregate))
        for name, wanted in self.masks:
            mask = Constant(str(self._mask(wanted, places)), INTEGER)
            outputs.append((f"{name}{suffix}'" if suffix else name, mask))
        if not suffix:
            outputs = [(name.removesuffix("'"), value) for name, value in outputs]
        return Map(self._grouping(child, places, suffix), tuple(outputs))

    def _left_out(self, places: Collection[int]) -> set[str]:
        """The representatives of the groups that a grouping set does not have."""
        names = [name for place, (name, _) in enumerate(self.groups) if place not in places]
        return {self.shown[name] for name in names if name in self.shown}

    def _mask(self, wanted: tuple[str, ...], places: list[int]) -> int:
        present, mask = {self.groups[p][0] for p in places}, 0
        for name in wanted:
            mask = mask << 1 | (name not in present)
        return mask

    def _columns(self) -> tuple[Column, ...]:
        absent = {n for i, (n, _) in enumerate(self.groups) if any(i not in s for s in self.sets)}
        groups = [Column(n, e.type, e.nullable or n in absent) for n, e in self.groups]
        missing = {name for places in self.sets for name in self._left_out(places)}
        aggregates = [Column(n, a.type, a.nullable or n in missing) for n, a in self.aggregates]
        return (*groups, *aggregates, *(Column(n, INTEGER, False) for n, _ in self.masks))

    def _keys(self) -> tuple[frozenset[str], ...]:
        """The groups and the masks: a mask distinguishes a NULL group from a left-out one."""
        groups = {self.shown.get(n, n) for n, _ in self.groups if n not in self.dependent}
        masks: set[str] = set()
        for one, two in combinations(self.sets, 2):
            differing = set(one) ^ set(two)
            if any(not self.groups[place][1].nullable for place in differing):
                continue
            telling = [n for n, w in self.masks if self._mask(w, one) != self._mask(w, two)]
            if not telling:
                return ()
            masks.add(telling[0])
        return (frozenset(groups | masks),)
