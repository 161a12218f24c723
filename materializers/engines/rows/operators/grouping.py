"""Decides how a GROUP BY is maintained: which calls have accumulators, which read the first row of
their group, and which are computed from all its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from materializers.engines.rows.operators.accumulators.accumulator import Accumulator
from materializers.engines.rows.operators.accumulators.meanings import Maker, accumulator
from materializers.engines.rows.operators.arranged import Arranged
from materializers.engines.rows.operators.by import By
from materializers.engines.rows.operators.expressions import Expressions, is_same_row
from materializers.engines.rows.operators.group_by import Form, GroupBy, Side
from materializers.engines.rows.operators.groups import Groups
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.operators.stored_answer import FirstRow, Recomputed, StoredAnswer
from materializers.engines.rows.relations.aggregate import Aggregate
from materializers.engines.rows.relations.compiling import names_of
from materializers.engines.rows.store.key_bytes import key_bytes
from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.engines.rows.values import Value
from materializers.sql.relations.group_by import GroupBy as GroupByNode
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Outputs, Relation
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.comparison_key import equality_key
from materializers.sql.types.expression import Case, Constant, Expression, all_of, boolean
from materializers.sql.types.sort_key import SortKey
from materializers.sql.types.sql_type import BIGINT, BOOLEAN, SqlType

_TRUE = (Constant("true", BOOLEAN),)
_FIRSTS = ("min", "max", "any_value", "representative")


class Grouping:
    """Makes the operator of one node. `of`, `arranged`: make the operators of other relations."""

    def __init__(
        self,
        node: GroupByNode,
        of: Callable[[Relation], Operator],
        arranged: Callable[[By], Arranged],
        say: Expressions,
    ) -> None:
        self._say = say
        self._node, self._of, self._arranged = node, of, arranged
        self._size = len(node.groups)
        self._kinds: list[SqlType] = [BIGINT, *(value.type for _, value in node.groups)]
        self._zero: list[Value] = [0, *(None for _ in node.groups)]
        self._arguments: list[Expression] = [value for _, value in node.groups]
        self._main: list[Accumulator] = []
        self._stages: list[Side] = []
        self._stored: list[tuple[StoredAnswer, int]] = []
        self._known: dict[object, tuple[int, int]] = {}

    def operator(self, shelf: Shelf, groups: Groups) -> GroupBy:
        """Raises Unsupported."""
        self._keep_groups()
        answers = self._answers()
        node, names = self._node, names_of(self._node.child)
        is_same = is_same_row(self._arguments, names)
        values = None if is_same else self._say.values(self._arguments, names)
        main = Side(self._of(node.child), values, tuple(self._main), True)
        form = Form(
            self._size,
            key_bytes([value.type for _, value in node.groups]),
            not node.groups,
            tuple(self._zero),
            RowBytes(self._kinds),
            RowBytes([column.type for column in node.columns]).write,
            answers,
            tuple(self._stored),
        )
        return GroupBy([main, *self._stages], form, shelf, groups)

    def _keep_groups(self) -> None:
        """For a group whose values are equal but may print differently, show an existing row's."""
        if any(_shows_otherwise(value.type) for _, value in self._node.groups):
            rows = self._arranged(By(Map(self._node.child, self._node.groups), self._group_keys()))
            self._stored.append((FirstRow(rows, 0, self._size, is_last=False), 1))

    def _group_keys(self) -> tuple[Expression, ...]:
        """The groups, as the first columns of a projection."""
        columns = self._node.columns[: self._size]
        return tuple(column.as_expression() for column in columns)

    def _answers(self) -> tuple[Accumulator | int, ...]:
        answers: list[Accumulator | int | None] = []
        again: list[tuple[int, AggregateCall]] = []
        for place, (name, call) in enumerate(self._node.aggregates):
            maker = accumulator(call)
            if call.name in _FIRSTS:
                answers.append(self._first(name, call))
            elif maker is None or (call.distinct and equality_key(call.arguments[0]) is None):
                answers.append(None)
                again.append((place, call))
            else:
                answers.append(self._summed(name, call, maker))
        if again:
            first = self._recomputed([call for _, call in again])
            for number, (place, _) in enumerate(again):
                answers[place] = first + number
        return tuple(each for each in answers if each is not None)

    def _slot(self, kinds: Sequence[SqlType], zero: Sequence[Value]) -> int:
        at = len(self._kinds)
        self._kinds += kinds
        self._zero += zero
        return at

    def _summed(self, name: str, call: AggregateCall, maker: Maker) -> Accumulator:
        at = len(self._kinds)
        if call.distinct:
            made = maker(self._size, at)
            stage = self._of(self._stage(name, call))
            self._stages.append(Side(stage, None, (made,), False))
            self._slot(made.kinds, made.zero)
            return made
        arguments = call.arguments
        if call.filter is not None:
            arguments = tuple(_where(call.filter, each) for each in arguments or _TRUE)
            maker = accumulator(replace(call, arguments=arguments)) or maker
        made = maker(len(self._arguments), at)
        # equal accumulators are one: sum and avg of one argument
        alike = type(made).add, made.kinds, arguments
        if alike in self._known:
            return maker(*self._known[alike])
        self._known[alike] = made.place, at
        self._arguments += arguments
        self._main.append(made)
        self._slot(made.kinds, made.zero)
        return made

    def _present(self, name: str, call: AggregateCall) -> Map:
        """A projection of the rows that count to their groups and values that are not NULL."""
        (value,) = call.arguments
        if call.distinct and not value.type.is_wide:  # numerics are compared as they are
            value = equality_key(value) or value
        tests = [] if call.filter is None else [call.filter]
        tests += [boolean("is not null", value, never_null=True)] if value.nullable else []
        outputs: Outputs = (*self._node.groups, (f"{name}#x", value))
        return Map(self._node.child, outputs, all_of(tests))

    def _stage(self, name: str, call: AggregateCall) -> GroupByNode:
        """The distinct values of each group."""
        source = self._present(name, call)
        columns = source.columns
        groups = tuple((f"{each.name}#d", each.as_expression()) for each in columns)
        return GroupByNode(source, groups, (), frozenset(each for each, _ in groups))

    def _first(self, name: str, call: AggregateCall) -> int:
        """min and max: the first value of each group, or the last one."""
        source = self._present(name, call)
        order = (SortKey(source.columns[-1].as_expression()),)
        rows = self._arranged(By(source, self._group_keys_of(source), order))
        at = self._slot([call.type], [None])
        self._stored.append((FirstRow(rows, self._size, 1, is_last=call.name == "max"), at))
        return at

    def _group_keys_of(self, source: Map) -> tuple[Expression, ...]:
        return tuple(column.as_expression() for column in source.columns[: self._size])

    def _recomputed(self, calls: Sequence[AggregateCall]) -> int:
        child, place = self._node.child, self._say.place()
        rows = self._arranged(By(child, tuple(value for _, value in self._node.groups)))
        made = [Aggregate(call, place, names_of(child)).of for call in calls]
        at = self._slot([call.type for call in calls], [None] * len(calls))
        self._stored.append((Recomputed(rows, made), at))
        return at


def _where(test: Expression, value: Expression) -> Expression:
    """The value where FILTER is true, else NULL, without evaluating it."""
    return Case((test,), (value,), Constant(None, value.type))


def _shows_otherwise(kind: SqlType) -> bool:
    """Whether equal values may have different texts: 1.0 and 1.00, 0 and -0."""
    if kind.element is not None:
        return _shows_otherwise(kind.element)
    return kind.is_float or kind.name in ("numeric", "interval", "character", "record")
