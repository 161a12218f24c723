"""The FROM of a SELECT: its entries joined in order, as PostgreSQL binds them.

JOIN binds more tightly than a comma. Entries separated by commas are joined from left to right, so
that conditions of WHERE become join conditions. An entry with a RIGHT or FULL JOIN is joined by
itself first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from materializers.sql.alias import renamed_fields
from materializers.sql.conditions import (
    Condition,
    condition,
    conjuncts,
    has_subquery,
    is_resolvable,
)
from materializers.sql.expressions.translator import Subquery, Translator
from materializers.sql.joins.function_entry import (
    FunctionEntry,
    is_function,
    reads_rows,
)
from materializers.sql.joins.joined import Joined
from materializers.sql.joins.nested_conditions import OfSides, TestedAbove
from materializers.sql.joins.using import Using
from materializers.sql.nested.derived import is_derived
from materializers.sql.nested.lateral import Lateral
from materializers.sql.nested.subqueries import Subqueries
from materializers.sql.planned import Context, OuterValues, Queries
from materializers.sql.relations.join import Equality, Join, Kind
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation, carried
from materializers.sql.relations.values import one_row
from materializers.sql.scope import Entry, Scope
from materializers.sql.types.expression import Expression
from materializers.sql.usage import is_parenthesised_join

_KINDS = {"": "inner", "LEFT": "left", "RIGHT": "right", "FULL": "full"}
_MADE: dict[str, Kind] = {"inner": "inner", "left": "left", "full": "full"}


class FromClause:
    """Plans one FROM. `nested`: translates SELECTs in its conditions; `subqueries`: those in
    LATERAL. `pending`: the conditions of WHERE; those that become join conditions are removed."""

    def __init__(
        self,
        planner: Queries,
        context: Context,
        nested: Subquery,
        subqueries: Subqueries,
        pending: list[exp.Expr],
        outer_values: OuterValues | None = None,
    ) -> None:
        self.planner = planner
        self.context = context
        self.nested = nested
        self.subqueries = subqueries
        self.pending = pending
        self.outer_values = outer_values
        self.outer = outer_values.scope if outer_values else context.outer

    def begun(self) -> Joined | None:
        """The outer query's values, which come first in the FROM of a correlated SELECT."""
        return (
            Joined(self.outer_values.relation, (self.outer_values.entry,), ())
            if self.outer_values
            else None
        )

    def joined(
        self,
        start: exp.Expr,
        joins: Sequence[exp.Join],
        begun: Joined | None = None,
        *,
        pushes: bool = True,
    ) -> Joined:
        """The entry `start` and all its joins. `begun`: the entries before it. `pushes`: whether
        conditions of WHERE may be tested here."""
        others = list(_between_commas(start, joins))
        if begun is None:
            node, its = others.pop(0)
            begun = self._chain(self._entry(node), its, None, pushes and not _has_outer(its))
        joined = begun
        for node, its in others:
            after = self._after(joined, node, its, pushes)
            joined = self._both(joined, after, node)
        return joined

    def _after(
        self, before: Joined, node: exp.Expr, its: Sequence[exp.Join], pushes: bool
    ) -> Joined:
        """The entry after a comma, joined to those before it."""
        if _is_lateral(node):
            self._refuse_outer(its)
            here = self._lateral(before, node, is_left=False)
            return self._chain(here, its, before, pushes)
        here = self._entry(node)
        if _has_outer(its):
            return self._crossed(before, self._chain(here, its, None, False), pushes)
        return self._chain(self._crossed(before, here, pushes), its, before, pushes)

    def _refuse_outer(self, joins: Sequence[exp.Join]) -> None:
        """Refuse a RIGHT or FULL JOIN in an entry with LATERAL: it would depend on each row
        before it."""
        outer = next((join for join in joins if _has_outer([join])), None)
        if outer is not None:
            raise self.planner.source.error(
                f"{outer.args['side']} JOIN after a comma and LATERAL is not supported",
                outer,
                fix="put the join into a query in FROM",
            )

    # entries

    def _entry(self, node: exp.Expr) -> Joined:
        if is_function(node):
            alone = one_row(self.planner.unique("one"))
            return self._lateral(Joined(alone, (), ()), node, is_left=False)
        if not is_parenthesised_join(node):
            return Joined.one(*self.planner.entry(node, self.context))
        inside = self._with_joins(node.this)
        if not node.alias:
            return inside
        fields = renamed_fields(self.planner.source, node, inside.columns)
        return Joined.one(inside.relation, Entry(node.alias, fields))

    def _with_joins(self, node: exp.Expr) -> Joined:
        """An entry with joins of its own: `a JOIN b JOIN c ON … ON …`, or parentheses."""
        return self.joined(node, node.args.get("joins") or (), pushes=False)

    def _both(self, left: Joined, right: Joined, place: exp.Expr) -> Joined:
        aliases = {entry.alias for entry in left.entries}
        doubled = next((r.alias for r in right.entries if r.alias in aliases), None)
        if doubled is not None:
            message = f'table name "{doubled}" specified more than once'
            raise self.planner.source.error(message, place)
        return left.beside(right)

    # joins

    def _chain(
        self, left: Joined, joins: Sequence[exp.Join], before: Joined | None, pushes: bool
    ) -> Joined:
        for join in joins:
            if _is_lateral(join.this):
                left = self._joined_lateral(left, join, before, pushes)
            else:
                left = self._join(left, join, before, pushes)
        return left

    def _crossed(self, before: Joined, here: Joined, pushes: bool) -> Joined:
        both = before.beside(here)
        parts = self._ready(both, before) if pushes else []
        left, right = before.relation, here.relation
        on = condition(parts, left.names, right.names, self._translator(both))
        return here.over(Join("inner", left, right, on.test, on.equalities))

    def _join(self, left: Joined, join: exp.Join, before: Joined | None, pushes: bool) -> Joined:
        kind = _kind(join)
        right = self._with_joins(join.this)
        both = self._both(left, right, join.this)
        using = Using.of(self.planner.source, join, left, right)
        translate = self._translator(both)
        translate.scope.entries += using.entries()
        parts = [*conjuncts(join.args.get("on")), *using.conditions()]
        nested = [] if self.context.is_inline else [part for part in parts if has_subquery(part)]
        if kind == "inner":
            parts = [part for part in parts if part not in nested]
            on = self._condition(parts, left, right, translate)
            if pushes:
                everything = _beside(before, both)
                ready = self._ready(everything, _beside(before, left))
                over = self._translator(everything)
                on = on.also(self._condition(ready, left, right, over))
        elif nested:
            on, left, right = self._with_queries(parts, left, right, translate)
        else:
            on = self._condition(parts, left, right, translate)
        relation = _made(kind, left.relation, right.relation, on)
        if kind == "inner" and nested:
            above = TestedAbove(self.planner, self.context, translate)
            relation = above.over(relation, nested)
            self.subqueries.reason = above.reason or self.subqueries.reason
        left = left.as_nullable() if kind in ("right", "full") else left
        right = right.as_nullable() if kind in ("left", "full") else right
        after = left.beside(right).over(relation)
        return using.merged(kind, after, translate, self.planner.unique("using"))

    @staticmethod
    def _condition(
        parts: list[exp.Expr], left: Joined, right: Joined, translate: Translator
    ) -> Condition:
        return condition(parts, left.relation.names, right.relation.names, translate)

    def _with_queries(
        self, parts: list[exp.Expr], left: Joined, right: Joined, translate: Translator
    ) -> tuple[Condition, Joined, Joined]:
        """An outer join's condition that contains nested SELECTs, and the join's inputs with the
        columns that it reads of them."""
        sides = [(each, self._translator(each)) for each in (left, right)]
        queries = OfSides(self.planner, self.context, translate, sides)
        on = self._condition(parts, left, right, queries.translator())
        self.subqueries.reason = queries.reason or self.subqueries.reason
        return on, left.over(queries.relation(0)), right.over(queries.relation(1))

    def _joined_lateral(
        self, left: Joined, join: exp.Join, before: Joined | None, pushes: bool
    ) -> Joined:
        on = list(conjuncts(join.args.get("on")))
        tests = [part for part in on if not (isinstance(part, exp.Boolean) and part.this)]
        kind = _kind(join)
        if kind not in ("inner", "left") or join.args.get("using") or join.args.get("method"):
            message = f"{kind.upper()} JOIN LATERAL with USING is not supported"
            raise self.planner.source.error(message, join, fix="write ON")
        is_left = kind == "left"
        seen = _beside(before, left)
        here = self._lateral(seen, join.this, is_left=is_left, tests=tests if is_left else [])
        both = self._both(left, here, join).over(here.relation)
        if pushes or is_left or not tests:
            self.pending += [] if is_left else tests
            return both
        also = condition(tests, frozenset(), frozenset(), self._translator(both))
        return both.over(Map(both.relation, carried(both.relation), also.test))

    def _lateral(
        self, seen: Joined, node: exp.Expr, *, is_left: bool, tests: list[exp.Expr] | None = None
    ) -> Joined:
        """LATERAL or a function, joined to the relation of the entries before it; has its own names
        alone. `tests`: the condition of a LEFT JOIN."""
        is_apart = is_derived(node)  # it may refer to the outer query, not to other entries
        scope = Scope(outer=self.outer) if is_apart else seen.scope(self.outer)
        translate = self.subqueries.extended(self._over(scope))
        nothing: frozenset[str] = frozenset()

        def on(entry: Entry) -> Expression | None:
            both = seen.beside(Joined.one(seen.relation, entry))
            return condition(tests or [], nothing, nothing, self._translator(both)).test

        met = on if tests else None
        if not isinstance(node, exp.Lateral) or is_function(node):
            entry = FunctionEntry(self.planner, node, translate, is_left)
            return Joined.one(*entry.joined(self.subqueries.joined(seen.relation), met))
        lateral = Lateral(self.planner, node, self.context, translate, is_left)
        return Joined.one(*lateral.joined(seen.relation, met))

    def _translator(self, joined: Joined) -> Translator:
        return self._over(joined.scope(self.outer))

    def _over(self, scope: Scope) -> Translator:
        return Translator(self.planner.source, self.planner.functions, scope, self.nested)

    def _ready(self, joined: Joined, alone: Joined) -> list[exp.Expr]:
        """The conditions of WHERE that can be tested at this join but not before. A name of the
        outer query may still be hidden by a later entry, so its condition waits."""
        ready = [
            part
            for part in self.pending
            if not has_subquery(part)
            and self._is_known(part, joined)
            and not self._is_known(part, alone)
        ]
        taken = set(map(id, ready))
        self.pending[:] = [part for part in self.pending if id(part) not in taken]
        return ready

    def _is_known(self, part: exp.Expr, joined: Joined) -> bool:
        """Whether all its names are resolved by these entries, or by the outer query where the
        FROM is known not to have them."""
        here = self._over(joined.scope())
        if self.outer_values is None or self.outer_values.own is None:
            return is_resolvable(part, here)
        own, outer = self._over(self.outer_values.own), self._over(self.outer_values.scope)
        return all(
            is_resolvable(column, here)
            or (not is_resolvable(column, own) and is_resolvable(column, outer))
            for column in part.find_all(exp.Column)
        )


def _between_commas(
    start: exp.Expr, joins: Sequence[exp.Join]
) -> Iterator[tuple[exp.Expr, list[exp.Join]]]:
    """The entries between the commas, each with the joins that follow it."""
    its: list[exp.Join] = []
    for join in joins:
        if any(join.args.get(part) for part in ("side", "method", "kind", "on", "using")):
            its.append(join)
        else:
            yield start, its
            start, its = join.this, []
    yield start, its


def _made(kind: str, left: Relation, right: Relation, on: Condition) -> Relation:
    """The join; a right join is a left join with exchanged sides."""
    if kind != "right":
        return Join(_MADE[kind], left, right, on.test, on.equalities)
    sides = tuple(Equality(each.right, each.left) for each in on.equalities)
    return Join("left", right, left, on.test, sides)


def _beside(before: Joined | None, joined: Joined) -> Joined:
    return joined if before is None else before.beside(joined)


def _is_lateral(node: exp.Expr) -> bool:
    """Whether an entry is evaluated for each row before it."""
    return reads_rows(node) if is_function(node) else isinstance(node, exp.Lateral)


def _kind(join: exp.Join) -> str:
    return _KINDS[(join.args.get("side") or "").upper()]


def _has_outer(joins: Sequence[exp.Join]) -> bool:
    return any(join.args.get("side") in ("RIGHT", "FULL") for join in joins)
