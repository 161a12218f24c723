"""ORDER BY where it decides which rows there are: LIMIT, OFFSET and DISTINCT ON.

What the order leaves open is settled by the rows' key, so that the answer is the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from materializers.operators.limit import Limit
from materializers.operators.operator import Column, Operator
from materializers.operators.partitioned import Partitioned
from materializers.plan.expressions.translator import Translator
from materializers.plan.key_columns import KeyColumns
from materializers.plan.planned import Context, Queries
from materializers.plan.render.words import words
from materializers.plan.types.comparison_key import equality_key, order_key, refusal
from materializers.plan.types.expression import Expression, quote

Output = tuple[str, Expression]
_WHOLE = ("smallint", "integer", "bigint")


class Ordering:
    """The order of one query. `outputs`: its list, which ORDER BY may name or count. `hidden`:
    what it orders by beside that, to be projected behind the outputs and dropped at the end."""

    def __init__(
        self, planner: Queries, translate: Translator, node: exp.Query, outputs: Sequence[Output]
    ) -> None:
        self.planner = planner
        self.translate = translate
        self.node = node
        self.outputs = outputs
        self.hidden: list[Output] = []
        self._items: list[tuple[int, str]] = []
        self._distinct: list[int] = []
        if self.is_needed:
            order = node.args.get("order")
            items = order.expressions if order is not None else []
            self._items = [(self._place(item.this), _direction(item)) for item in items]
            self._distinct = [self._place(each) for each in self._on()]
            self._check_distinct()

    @property
    def is_needed(self) -> bool:
        """Whether the order decides about rows."""
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
        """Which column of the projection an ORDER BY item is: an output by its number or name
        (manual, "Sorting Rows"), else a hidden one."""
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
            if words(other) == words(value):
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

    # operators

    def apply(self, operator: Operator, context: Context) -> Operator:
        """DISTINCT ON, then LIMIT, over the projection: outputs first, hidden columns behind."""
        if not self.is_needed:
            return operator
        if self._distinct:
            operator = self._first_of_each(operator)
        if self._has_limit:
            operator = self._limited(operator, context)
        return operator

    def _order(self, operator: Operator, keys: KeyColumns | None = None) -> str:
        found = [(self._key(operator.columns[p]), way) for p, way in self._items]
        items = [f"{words(keys(key) if keys else key)}{way}" for key, way in found]
        key = min(operator.keys, key=len, default=operator.names)
        items += [quote(c.name) for c in operator.columns if c.name in key]
        return f" ORDER BY {', '.join(items)}" if items else ""

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

    def _first_of_each(self, operator: Operator) -> Operator:
        columns = [operator.columns[place] for place in self._distinct]
        keys = KeyColumns(self.planner.unique("first"))
        partition = [keys(self._equality(c)) for c in columns]
        order = self._order(operator, keys)
        operator = keys.below(operator)
        own = tuple(words(e) for e in partition)
        over = f"PARTITION BY {', '.join(own)}{order}"
        listed = operator.column_list()
        result = Partitioned(
            (operator,),
            (partition,),
            own,
            operator.columns,
            (f"SELECT {listed} FROM (", f") QUALIFY row_number() OVER ({over}) = 1"),
            "first of each",
        )
        result.keys = (frozenset(c.name for c in columns), *operator.keys)
        return keys.above(result)

    def _limited(self, operator: Operator, context: Context) -> Operator:
        limit, offset = self.node.args.get("limit"), self.node.args.get("offset")
        if isinstance(limit, exp.Fetch) and _has_ties(limit):
            return self._with_ties(operator, context, limit)
        tail = self._order(operator)
        if limit is not None:
            tail += f" LIMIT {self._count(limit)}"
        if offset is not None:
            tail += f" OFFSET {self._constant(offset.expression, 'OFFSET')}"
        table = "" if context.is_inline else self.planner.state_table("limit")
        return Limit(operator, tail, table, has_offset=offset is not None)

    def _with_ties(self, operator: Operator, context: Context, limit: exp.Fetch) -> Operator:
        """The first rows, and those behind them that the order does not tell from the last."""
        if not self._items:
            message = "WITH TIES cannot be specified without ORDER BY clause"
            raise self.translate.fail(message, limit)
        offset = self.node.args.get("offset")
        skipped = self._constant(offset.expression, "OFFSET") if offset is not None else "0"
        count = self._count(limit)
        keys = KeyColumns(self.planner.unique("ties"))
        found = [(words(keys(self._key(operator.columns[p]))), way) for p, way in self._items]
        peers = ", ".join(f"{sql}{way}" for sql, way in found)
        operator = keys.below(operator)
        key = min(operator.keys, key=len, default=operator.names)
        rest = "".join(f", {quote(c.name)}" for c in operator.columns if c.name in key)
        tail = f" QUALIFY rank() OVER (ORDER BY {peers}) <= {skipped} + {count} AND {count} > 0"
        if offset is not None:
            tail += f" AND row_number() OVER (ORDER BY {peers}{rest}) > {skipped}"
        table = "" if context.is_inline else self.planner.state_table("limit")
        return keys.above(Limit(operator, tail, table, has_offset=offset is not None))

    def _count(self, limit: exp.Expr) -> str:
        if isinstance(limit, exp.Fetch):
            if not _has_ties(limit):
                raise self.translate.fail("FETCH FIRST … PERCENT does not exist", limit)
            count = limit.args.get("count")
            return self._constant(count, "FETCH FIRST") if count is not None else "1"
        return self._constant(limit.expression, "LIMIT")

    def _constant(self, node: exp.Expr, word: str) -> str:
        """A number of rows, known when the view is planned."""
        if node.find(exp.Column, exp.Query):
            fix = "filter by row_number() in a query over this one"
            raise self.translate.fail(f"{word} takes a constant only", node, fix=fix)
        value = self.translate(node)
        if value.literal is not None and value.literal.isdecimal():
            return value.literal
        if isinstance(node, exp.Neg):
            raise self.translate.fail(f"{word} must not be negative", node)
        if value.type.name not in _WHOLE:
            found = f"argument of {word} must be a whole number, not {value.type.name}"
            raise self.translate.fail(found, node)
        return words(value)


def _has_ties(limit: exp.Fetch) -> bool:
    options = limit.args.get("limit_options")
    return options is not None and bool(options.args.get("with_ties"))


def _direction(item: exp.Expr) -> str:
    """PostgreSQL's place of NULL: last ascending, first descending."""
    word = "DESC" if item.args.get("desc") else "ASC"
    return f" {word} NULLS {'FIRST' if item.args.get('nulls_first') else 'LAST'}"
