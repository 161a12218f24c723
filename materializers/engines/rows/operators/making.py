"""Relations -> operators. Equal relations have one operator in all views, and rows that several
operators read by one key are stored once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from materializers.engines.rows.failure import Unsupported
from materializers.engines.rows.meaning import Meanings
from materializers.engines.rows.operators.arranged import Arranged
from materializers.engines.rows.operators.arranging import arranged
from materializers.engines.rows.operators.by import By
from materializers.engines.rows.operators.expand import Expand as ExpandOperator
from materializers.engines.rows.operators.expressions import Expressions, is_same_row
from materializers.engines.rows.operators.first import FirstOfEach as FirstOfEachOperator
from materializers.engines.rows.operators.first import Limit as LimitOperator
from materializers.engines.rows.operators.given import over_given
from materializers.engines.rows.operators.grouping import Grouping
from materializers.engines.rows.operators.groups import RecentGroups
from materializers.engines.rows.operators.join import Join as JoinOperator
from materializers.engines.rows.operators.map import Consolidate as ConsolidateOperator
from materializers.engines.rows.operators.map import Map as MapOperator
from materializers.engines.rows.operators.matching import matching
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.partitioned import Partitioned
from materializers.engines.rows.operators.recompute import Recompute as RecomputeOperator
from materializers.engines.rows.operators.scan import Scan as ScanOperator
from materializers.engines.rows.operators.semi_join import MarkJoin as MarkJoinOperator
from materializers.engines.rows.operators.semi_join import SemiJoin as SemiJoinOperator
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.operators.table import Table
from materializers.engines.rows.operators.union import UnionAll as UnionOperator
from materializers.engines.rows.operators.values import Values as ValuesOperator
from materializers.engines.rows.relations.compiling import names_of
from materializers.engines.rows.relations.converted import conversion_of
from materializers.engines.rows.relations.evaluated import evaluation
from materializers.engines.rows.store.key_bytes import key_bytes
from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.engines.rows.store.store import Store
from materializers.sql.relations.canonical import Canonical, digest
from materializers.sql.relations.expand import Expand, LateralSelect
from materializers.sql.relations.first import FirstOfEach, Limit
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.join import Join
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Consolidate, Recompute, Shared
from materializers.sql.relations.scan import Scan
from materializers.sql.relations.semi_join import MarkJoin, SemiJoin
from materializers.sql.relations.set_operations import SetOperation, UnionAll
from materializers.sql.relations.values import Values
from materializers.sql.relations.window import Window
from materializers.sql.types.expression import Constant
from materializers.sql.types.sql_type import BIGINT


class Making:
    """Makes the operators of all views over some tables. `added`: called with each new one, after
    those that it reads; `own`: the meanings of a project's own functions."""

    def __init__(
        self,
        store: Store,
        tables: Mapping[str, Table],
        added: Callable[[Operator], None],
        own: Meanings,
    ) -> None:
        self.expressions = Expressions(own)
        self.tables = tables
        self._store = store
        self._added = added
        self.groups = RecentGroups()
        self._by_meaning: dict[str, Operator] = {}
        self._made: dict[int, tuple[Relation, Operator]] = {}
        self._meanings: dict[int, str] = {}

    def of(self, relation: Relation) -> Operator:
        """The operator of a relation; equal relations have one. Raises Unsupported."""
        if isinstance(relation, Shared):
            operator = self.of(relation.child)
            self._made[id(relation)] = relation, operator
            self._meanings[id(relation)] = self._meanings[id(relation.child)]
        if id(relation) not in self._made:
            for each in relation.inputs:
                self.of(each)
            self._made[id(relation)] = relation, self._meant(relation)
        return self._made[id(relation)][1]

    def made(self, relation: Relation) -> Operator | None:
        """The operator that was made of it."""
        known = self._made.get(id(relation))
        return None if known is None else known[1]

    def arranged(self, by: By) -> Arranged:
        """The rows of a relation by a key, stored once for all readers."""
        operator = self.of(by)
        assert isinstance(operator, Arranged), "rows by a key are arranged"
        return operator

    def shelf(self, relation: Relation) -> Shelf:
        """The shelf of a relation's operator; its name is unique."""
        return Shelf(self._store, f"{type(relation).__name__.lower()} {self._meaning(relation)}")

    def write(self, relation: Relation) -> Callable[[Any], bytes]:
        """Writes and reads its rows as bytes."""
        return RowBytes([column.type for column in relation.columns]).write

    def forget(self, operator: Operator) -> None:
        """Forget an operator: its relation gets another one when it is asked for again."""
        self._by_meaning = {m: o for m, o in self._by_meaning.items() if o is not operator}
        self._made = {place: each for place, each in self._made.items() if each[1] is not operator}

    def _meaning(self, relation: Relation) -> str:
        return digest(Canonical(self._meanings).text(relation))

    def _meant(self, relation: Relation) -> Operator:
        meaning = self._meaning(relation)
        if meaning not in self._by_meaning:
            maker = _MAKERS.get(type(relation))
            if maker is None or (not relation.has_delta and not isinstance(relation, Recompute)):
                raise Unsupported(relation.reason or type(relation).__name__)
            self._by_meaning[meaning] = operator = maker(self, relation)
            self._added(operator)
        # relations above refer to this one by this name
        self._meanings[id(relation)] = meaning
        return self._by_meaning[meaning]


def _scan(making: Making, node: Scan) -> Operator:
    rows = RowBytes([column.type for column in node.columns])
    return ScanOperator(making.tables[node.table], [name for name, _ in node.listed], rows)


def _by(making: Making, node: By) -> Operator:
    return arranged(node, making.of(node.child), making.shelf(node), making.expressions)


def _map(making: Making, node: Map) -> Operator:
    names, outputs = names_of(node.child), [value for _, value in node.outputs]
    values = None if is_same_row(outputs, names) else making.expressions.values(outputs, names)
    return MapOperator(
        making.of(node.child), values, making.expressions.test(node.predicate, names)
    )


def _consolidate(making: Making, node: Consolidate) -> Operator:
    return ConsolidateOperator(making.of(node.child), making.write(node))


def _join(making: Making, node: Join) -> Operator:
    match = matching(node)
    test = making.expressions.test(match.rest, names_of(node.left, node.right))
    no_left = (None,) * len(node.left.columns) if node.kind == "full" else None
    no_right = (None,) * len(node.right.columns) if node.kind != "inner" else None
    left, right = making.arranged(match.left), making.arranged(match.right)
    return JoinOperator(left, right, test, no_right, no_left)


def _semi_join(making: Making, node: SemiJoin) -> Operator:
    match = matching(node)
    test = making.expressions.test(match.rest, names_of(node.left, node.right))
    left, right = making.arranged(match.left), making.arranged(match.right)
    return SemiJoinOperator(left, right, test, is_anti=node.is_anti)


def _mark_join(making: Making, node: MarkJoin) -> Operator:
    match = matching(node)
    test = making.expressions.test(match.rest, names_of(node.left, node.right))
    return MarkJoinOperator(making.arranged(match.left), making.arranged(match.right), test)


def _group_by(making: Making, node: GroupBy) -> Operator:
    grouping = Grouping(node, making.of, making.arranged, making.expressions)
    return grouping.operator(making.shelf(node), making.groups.of_operator())


def _union_all(making: Making, node: UnionAll) -> Operator:
    conversions = [conversion_of(side.columns, node.listed) for side in node.sides]
    return UnionOperator([making.of(side) for side in node.sides], conversions)


def _set_operation(making: Making, node: SetOperation) -> Operator:
    sides = zip(node.sides, node.compared, strict=True)
    rows = [making.arranged(By(side, values)) for side, values in sides]
    return Partitioned(rows, over_given(node, making.expressions.place()), making.write(node))


def _window(making: Making, node: Window) -> Operator:
    rows = making.arranged(By(node.child, node.partition))
    return Partitioned([rows], over_given(node, making.expressions.place()), making.write(node))


def _limit(making: Making, node: Limit) -> Operator:
    bounds, none = node.bounds, Constant(None, BIGINT)
    limit, offset = making.expressions.values([bounds.limit or none, bounds.offset or none], ())(())
    ties = None
    if bounds.ties:
        values = making.expressions.values(
            [each.value for each in bounds.ties], names_of(node.child)
        )
        key = key_bytes([each.value.type for each in bounds.ties])
        ties = lambda row: key(values(row))  # noqa: E731
    rows = making.arranged(By(node.child, (), bounds.order))
    return LimitOperator(rows, (_count(limit), _count(offset)), ties, making.write(node))


def _count(value: Any) -> int | None:
    return None if value is None else int(value)


def _first_of_each(making: Making, node: FirstOfEach) -> Operator:
    rows = making.arranged(By(node.child, node.partition, node.order))
    return FirstOfEachOperator(rows, making.write(node))


def _expand(making: Making, node: Expand | LateralSelect) -> Operator:
    return ExpandOperator(making.of(node.child), over_given(node, making.expressions.place()))


def _values(making: Making, node: Values) -> Operator:
    return ValuesOperator([making.expressions.values(line, ()) for line in node.lines])


def _recompute(making: Making, node: Recompute) -> Operator:
    scans = [making.of(each) for each in node.scans]
    reads = [each for each in scans if isinstance(each, ScanOperator)]
    tables = {each.table: making.tables[each.table] for each in node.scans}
    rows = RowBytes([column.type for column in node.columns])
    evaluate = evaluation(node.child, making.expressions.own)
    return RecomputeOperator(reads, tables, evaluate, making.shelf(node), rows)


_MAKERS: Mapping[type[Relation], Callable[[Making, Any], Operator]] = {
    By: _by,
    Scan: _scan,
    Map: _map,
    Consolidate: _consolidate,
    Join: _join,
    SemiJoin: _semi_join,
    MarkJoin: _mark_join,
    GroupBy: _group_by,
    UnionAll: _union_all,
    SetOperation: _set_operation,
    Window: _window,
    Limit: _limit,
    FirstOfEach: _first_of_each,
    Expand: _expand,
    LateralSelect: _expand,
    Values: _values,
    Recompute: _recompute,
}
"""Any: each takes nodes of its own type."""
