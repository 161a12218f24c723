"""LIMIT, OFFSET and DISTINCT ON, and the ORDER BY that decides which rows they leave.

Rows that the ORDER BY makes equal are ordered by their key, so that the result is always the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from materializers.sql.expressions.sort_keys import sort_key
from materializers.sql.expressions.translator import Translator
from materializers.sql.key_columns import KeyColumns
from materializers.sql.planned import Queries
from materializers.sql.relations.first import FirstOfEach, Limit
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Column, Relation, carried, shortest_key
from materializers.sql.relations.same import Shared
from materializers.sql.relations.semi_join import with_same
from materializers.sql.relations.window import Window
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.comparison_key import equality_key, order_key, refusal
from materializers.sql.types.expression import Apply, Constant, Expression
from materializers.sql.types.sort_key import Bounds, Order, SortKey
from materializers.sql.types.sql_type import BIGINT, BOOLEAN, INTEGER
from materializers.sql.types.window_call import WindowCall
from materializers.sql.windows.calls import ROW_NUMBER

Output = tuple[str, Expression]
_WHOLE = ("smallint", "integer", "bigint")
_ONE = Constant("1", INTEGER)


class Ordering:
    """The ORDER BY of one query. `outputs`: its select list, which ORDER BY may refer to by name or
    number. `hidden`: other expressions of ORDER BY, to be projected after the outputs and dropped
    at the end."""

    def __init__(
        self, planner: Queries, translate: Translator, node: exp.Query, outputs: Sequence[Output]
    ) -> None:
        self.planner = planner
        self.translate = translate
        self.node = node
        self.outputs = outputs
        self.hidden: list[Output] = []
        self._items: list[tuple[int, exp.Expr]] = []
        self._distinct: list[int] = []
        if self.is_needed:
            order = node.args.get("order")
            items = order.expressions if order is not None else []
            self._items = [(self._place(item.this), item) for item in items]
            self._distinct = [self._place(each) for each in self._on()]
            self._check_distinct()

    @property
    def is_needed(self) -> bool:
        """Whether the order decides which rows the query has."""
        return self._has_limit or bool(self._on())

    @property
    def _has_limit(self) -> bool:
        return any(self.node.args.get(name) is not None for name in ("limit", "offset"))

    def _on(self) -> list[exp.Expr]:
        distinct = self.node.args.get("distinct")
        on = distinct.args.get("on") if isinstance(distinct, exp.Distinct) else None
        if on is None:
            return []
        return list(on.expressions) if isinstance(on, exp.Tuple) else [on]

    def _place(self, node: exp.Expr) -> int:
        """The index, in the projection, of an ORDER BY item: an output that it names by number or
        name (manual, "Sorting Rows"), else a hidden column."""
        inner = node.this if isinstance(node, exp.Paren) else node
        if isinstance(inner, exp.Literal) and inner.is_int:
            if not 1 <= int(inner.name) <= len(self.outputs):
                message = f"ORDER BY position {inner.name} is not in select list"
                raise self.translate.fail(message, node)
            return int(inner.name) - 1
        if isinstance(inner, exp.Column) and not inner.table:
            for index, (name, _) in enumerate(self.outputs):
                if name == inner.name:
                    return index
        return self._expression_place(node)

    def _expression_place(self, node: exp.Expr) -> int:
        value = self.translate(node)
        both = [*self.outputs, *self.hidden]
        for index, (_, other) in enumerate(both):
            if other == value:
                return index
        distinct = self.node.args.get("distinct")
        if distinct is not None and not self._on():
            message = "for SELECT DISTINCT, ORDER BY expressions must appear in select list"
            raise self.translate.fail(message, node)
        self.hidden.append((f"order{len(self.hidden)}", value))
        return len(both)

    def _check_distinct(self) -> None:
        leading = {place for place, _ in self._items[: len(set(self._distinct))]}
        if self._items and not leading <= set(self._distinct):
            message = "SELECT DISTINCT ON expressions must match initial ORDER BY expressions"
            raise self.translate.fail(message, self._on()[0])

    # relations

    def apply(self, relation: Relation) -> Relation:
        """DISTINCT ON, then LIMIT, over the projection: outputs, then hidden columns."""
        if not self.is_needed:
            return relation
        if self._distinct:
            relation = self._first_of_each(relation)
        if self._has_limit:
            relation = self._limited(relation)
        return relation

    def _order(self, relation: Relation, keys: KeyColumns | None = None) -> Order:
        """A total order: the written one, then the shortest key."""
        written = self._written(relation, keys)
        rest = [column.as_expression() for column in shortest_key(relation)]
        return (*written, *map(SortKey, rest))

    def _written(self, relation: Relation, keys: KeyColumns | None = None) -> Order:
        keyed = [(self._key(relation.columns[place]), item) for place, item in self._items]
        return tuple(sort_key(item, keys(value) if keys else value) for value, item in keyed)

    def _key(self, column: Column) -> Expression:
        key = order_key(column.as_expression())
        if key is None:
            message, fix = refusal(column.type, "ORDER BY")
            raise self.translate.fail(message, self.node, fix=fix)
        return key

    def _equality(self, column: Column) -> Expression:
        key = equality_key(column.as_expression())
        if key is None:
            message, fix = refusal(column.type, "DISTINCT ON")
            raise self.translate.fail(message, self._on()[0], fix=fix)
        return key

    def _first_of_each(self, relation: Relation) -> Relation:
        columns = [relation.columns[place] for place in self._distinct]
        keys = KeyColumns(self.planner.unique("first"))
        partition = tuple(keys(self._equality(c)) for c in columns)
        order = self._order(relation, keys)
        key = frozenset(c.name for c in columns)
        return keys.above(FirstOfEach(keys.below(relation), partition, order, key))

    def _limited(self, relation: Relation) -> Relation:
        limit, offset = self._limit(), self._offset()
        keys = KeyColumns(self.planner.unique("ties"))
        ties = self._written(relation, keys) if self._is_with_ties else ()
        order = self._order(relation, keys if ties else None)
        bounds = Bounds(order, limit, offset, ties)
        return keys.above(self._behind_offset(keys.below(relation), bounds))

    def _behind_offset(self, relation: Relation, bounds: Bounds) -> Relation:
        """LIMIT with OFFSET: of the first `offset + limit` rows, which have deltas, those whose row
        number is above the offset."""
        limit, offset = _number(bounds.limit), _number(bounds.offset)
        if bounds.limit is None and offset is not None and relation.keys:
            return self._without_first(relation, bounds) if offset else relation
        if limit == 0:
            return Limit(relation, Bounds(bounds.order, bounds.limit))
        if limit is None or offset is None:
            return Limit(relation, bounds)
        end = Constant(str(limit + offset), BIGINT)
        first = Limit(relation, replace(bounds, limit=end, offset=None))
        number = Column(self.planner.unique("offset"), BIGINT, False)
        call = WindowCall(AggregateCall(ROW_NUMBER, (), BIGINT, False), bounds.order, None)
        behind = number.as_expression(), Constant(str(offset), BIGINT)
        test = Apply(">", behind, BOOLEAN, nullable=False)
        return Map(Window(first, (), ((number, call),)), carried(relation), test)

    def _without_first(self, relation: Relation, bounds: Bounds) -> Relation:
        """OFFSET without LIMIT: an anti join, by key, with the first `offset` rows."""
        shared, alias = Shared(relation), self.planner.unique("first")
        first = Limit(shared, replace(bounds, limit=bounds.offset, offset=None))
        own = [column.as_expression() for column in shortest_key(relation)]
        right = Map(first, tuple((f"{alias}.{place}", value) for place, value in enumerate(own)))
        other = [column.as_expression() for column in right.columns]
        return with_same(shared, right, list(zip(own, other, strict=True)), is_anti=True)

    @property
    def _is_with_ties(self) -> bool:
        limit = self.node.args.get("limit")
        return isinstance(limit, exp.Fetch) and _has_ties(limit)

    def _limit(self) -> Expression | None:
        limit = self.node.args.get("limit")
        if limit is None:
            return None
        if not isinstance(limit, exp.Fetch):
            return self._constant(limit.expression, "LIMIT")
        if not _has_ties(limit):
            raise self.translate.fail("FETCH FIRST … PERCENT does not exist", limit)
        if not self._items:
            message = "WITH TIES cannot be specified without ORDER BY clause"
            raise self.translate.fail(message, limit)
        count = limit.args.get("count")
        return self._constant(count, "FETCH FIRST") if count is not None else _ONE

    def _offset(self) -> Expression | None:
        offset = self.node.args.get("offset")
        return self._constant(offset.expression, "OFFSET") if offset is not None else None

    def _constant(self, node: exp.Expr, word: str) -> Expression:
        """A number of rows; it must be known when the view is planned."""
        if node.find(exp.Column, exp.Query):
            fix = "filter by row_number() in a query over this one"
            raise self.translate.fail(f"{word} takes a constant only", node, fix=fix)
        value = self.translate(node)
        if value.literal is not None and value.literal.isdecimal():
            return value.cast(BIGINT)
        if isinstance(node, exp.Neg):
            raise self.translate.fail(f"{word} must not be negative", node)
        if value.type.name not in _WHOLE:
            message = f"argument of {word} must be a whole number, not {value.type.name}"
            raise self.translate.fail(message, node)
        return value


def _number(value: Expression | None) -> int | None:
    """The number where the constant is written as one; else None."""
    if not isinstance(value, Constant) or not (value.text or "").isdecimal():
        return None
    number = int(value.text or "")
    return number if number < 2**62 else None


def _has_ties(limit: exp.Fetch) -> bool:
    options = limit.args.get("limit_options")
    return options is not None and bool(options.args.get("with_ties"))
