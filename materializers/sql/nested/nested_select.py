"""Decorrelates a SELECT inside an expression or LATERAL.

Conditions that refer to the outer query are removed from its WHERE. `inner = outer` becomes a key
of the join that replaces the nested SELECT, any other one a residual condition of that join. The
rest is planned as a query of its own, which also selects the inner columns of these conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from sqlglot import exp

from materializers.sql.conditions import conjuncts, has_subquery, is_quantified
from materializers.sql.names import is_star
from materializers.sql.nested.by_keys import by_keys
from materializers.sql.nested.combined import with_keys
from materializers.sql.nested.derived import beside, without_with
from materializers.sql.nested.inner_conditions import with_inner_conditions
from materializers.sql.nested.outer_domain import OuterDomain
from materializers.sql.nested.placeholder import field_placeholder
from materializers.sql.nested.undecorrelated import Undecorrelated
from materializers.sql.planned import Context, Planned, Queries
from materializers.sql.relations.domain import is_closed
from materializers.sql.relations.same import Recompute
from materializers.sql.scope import Field, Scope


@dataclass(frozen=True, slots=True)
class Decorrelated:
    """A decorrelated SELECT. `values`: the columns asked for; `keys`: pairs (outer expression,
    column of this relation) that must be equal; `residual`: the other conditions, with placeholders
    for columns of this relation. `is_by_key`: its windows or groups are divided by the keys."""

    planned: Planned
    values: tuple[Field, ...]
    keys: tuple[tuple[exp.Expr, Field], ...]
    residual: tuple[exp.Expr, ...]
    is_by_key: bool = False

    @property
    def key_columns(self) -> frozenset[str]:
        return frozenset(field.column for _, field in self.keys)


class NestedSelect:
    """Splits a nested query. `pairs`: (outer, inner) sides of each equality removed from its WHERE;
    `residual`: the other conditions removed. `domain`: the outer values that it joins instead."""

    def __init__(
        self,
        planner: Queries,
        query: exp.Expr,
        context: Context,
        domain: OuterDomain | None = None,
    ) -> None:
        self.query = query.this if isinstance(query, exp.Subquery) else query
        self.planner, self.functions = planner, planner.functions
        self.context = context
        self.domain = domain
        self.pairs: list[tuple[exp.Expr, exp.Expr]] = []
        self.residual: list[exp.Expr] = []
        self.conditions: list[exp.Expr] = []
        self.scope = Scope()
        if domain is None:
            self._split()
        else:
            self._join(domain)

    @property
    def is_correlated(self) -> bool:
        return bool(self.pairs or self.residual)

    @property
    def select(self) -> exp.Select:
        """The nested SELECT; raises Undecorrelated where it is a set operation."""
        if isinstance(self.query, exp.Select):
            return self.query
        raise Undecorrelated("a set operation refers to the outer query")

    def has(self, *parts: str) -> bool:
        return any(self.query.args.get(part) is not None for part in parts)

    @property
    def is_one_row(self) -> bool:
        """Whether it always has exactly one row: it aggregates without GROUP BY."""
        if not isinstance(self.query, exp.Select) or self.has("group"):
            return False
        return self.has("having") or any(map(self.functions.has_aggregate, self.query.expressions))

    @property
    def is_combined(self) -> bool:
        """Whether it is a set operation that refers to the outer query."""
        return self.domain is not None and isinstance(self.query, exp.SetOperation)

    # splitting

    def _join(self, domain: OuterDomain) -> None:
        """Put the outer values first in its FROM. Its WHERE stays."""
        self.query = without_with(self.query)
        refers = domain.refers(self.planner, self.context)
        self.context = replace(self.context.inside(), outer_values=domain.outer_values)
        self.pairs = list(domain.pairs)
        if not isinstance(self.query, exp.Select):
            return
        self.query = self.query.copy()
        beside(self.query, refers)
        self.scope = self.planner.scope_of(self.query, self.context)
        where = self.query.args.get("where")
        self.conditions = list(conjuncts(where.this if where is not None else None))

    def _split(self) -> None:
        if not isinstance(self.query, exp.Select) or self.has("with_"):
            return
        alone = with_inner_conditions(self.query, lambda part: False)
        self.scope = self.planner.scope_of(alone, self.context)
        where = self.query.args.get("where")
        for part in conjuncts(where.this if where is not None else None):
            if not self._leaves(part):
                self.conditions.append(part)
        self.query = with_inner_conditions(self.query, lambda part: not self._leaves(part))
        if self.is_correlated and isinstance(self.query.args.get("limit"), exp.Fetch):
            raise Undecorrelated("WITH TIES in a SELECT that refers to the outer query")

    def _leaves(self, part: exp.Expr) -> bool:
        """Remove the condition if it refers to the outer query; returns whether it does."""
        if has_subquery(part) or all(map(self.is_own, part.find_all(exp.Column))):
            return False
        if (pair := self._pair(part)) is not None:
            self.pairs.append(pair)
        else:
            self.residual.append(part)
        return True

    def is_own(self, column: exp.Column) -> bool:
        """Whether a name resolves to a column of this SELECT's FROM."""
        if column.table:
            return any(r.alias == column.table for r in self.scope.entries)
        return any(field.name == column.name for field in self.scope.columns)

    def _pair(self, part: exp.Expr) -> tuple[exp.Expr, exp.Expr] | None:
        if not isinstance(part, exp.EQ) or isinstance(part.left, exp.Tuple) or is_quantified(part):
            return None
        for inside, outside in ((part.left, part.right), (part.right, part.left)):
            own = [self.is_own(c) for c in inside.find_all(exp.Column)]
            others = [self.is_own(c) for c in outside.find_all(exp.Column)]
            if own and all(own) and others and not any(others):
                return outside, inside
        return None

    # planning what remains

    def as_is(self) -> Planned:
        """Plan the query unchanged; raises Undecorrelated if it refers to the outer query."""
        if self.is_correlated:
            raise Undecorrelated("it refers to the outer query")
        return self.planner.query(self.query, self.context)

    def decorrelated(
        self,
        values: Sequence[exp.Expr],
        change: Callable[[exp.Select], exp.Expr] | None = None,
        *,
        without: tuple[str, ...] = (),
        is_by_key: bool = False,
    ) -> Decorrelated:
        """Plan the SELECT with these values as its select list. `without`: clauses to leave out.
        `change`: rewrites it before it is planned, without changing the number or order of its
        columns."""
        inner = self._inner_columns()
        pairs = [inside for _, inside in self.pairs]
        listed = [*values, *pairs, *inner.values()] or [exp.Literal.number(1)]
        select = self.select.copy()
        for part in without:
            select.set(part, None)
        named = [exp.alias_(e.copy(), f"c{i}", quoted=True) for i, e in enumerate(listed)]
        select.set("expressions", named)
        conditions = [part.copy() for part in self.conditions]
        where = (
            reduce(lambda a, b: exp.And(this=a, expression=b), conditions) if conditions else None
        )
        select.set("where", exp.Where(this=where) if where is not None else None)
        is_by_key |= by_keys(select, pairs, self.listed(), is_whole=not self.residual)
        planned = self._planned(change(select) if change else select)
        decorrelated = self._decorrelated(planned, len(values), list(inner))
        return replace(decorrelated, is_by_key=is_by_key or change is not None)

    def combined(self) -> Decorrelated:
        """Plan a set operation each of whose SELECTs joins the outer values."""
        assert self.domain is not None
        self.refuse("limit", "offset")
        refers = self.domain.refers(self.planner, inner_context(self.context))
        keys = [inside for _, inside in self.pairs]
        planned = self._planned(with_keys(self.query, keys, refers, self.functions))
        values, columns = planned.fields[: -len(keys)], planned.fields[-len(keys) :]
        outside = [outer for outer, _ in self.pairs]
        return Decorrelated(planned, values, tuple(zip(outside, columns, strict=True)), ())

    def _planned(self, query: exp.Expr) -> Planned:
        planned = self.planner.query(query, self.context)
        if self.domain is not None and not is_closed(planned.relation):
            recomputed = [r for r in planned.relation.walk() if isinstance(r, Recompute)]
            why = next((r.why for r in recomputed if r.why), "")
            raise Undecorrelated(why or "it refers to the outer query where that has no rule")
        return planned

    def listed(self) -> list[exp.Expr]:
        """The select list, with `*` expanded."""
        items: list[exp.Expr] = []
        for item in self.query.expressions:
            if is_star(item):
                items += self.scope.written(item.text("table"))
            else:
                items.append(item)
        return items

    def _decorrelated(self, planned: Planned, values: int, inner: list[str]) -> Decorrelated:
        fields = planned.fields
        keys = fields[values : values + len(self.pairs)]
        columns = dict(zip(inner, fields[values + len(keys) :], strict=False))
        residual = []
        for part in self.residual:
            residual.append(part.copy().transform(lambda n: self._exported(n, columns)))
        outside = [outer for outer, _ in self.pairs]
        pairs = tuple(zip(outside, keys, strict=True))
        return Decorrelated(planned, fields[:values], pairs, tuple(residual))

    def _exported(self, node: exp.Expr, columns: dict[str, Field]) -> exp.Expr:
        if isinstance(node, exp.Column) and self.is_own(node):
            return field_placeholder(columns[node.sql()])
        return node

    def _inner_columns(self) -> dict[str, exp.Expr]:
        columns = (c for part in self.residual for c in part.find_all(exp.Column))
        return {c.sql(): c for c in columns if self.is_own(c)}

    def refuse(self, *parts: str) -> None:
        """Raise Undecorrelated for clauses that would mean something else without the keys."""
        clause = next((part for part in parts if self.has(part)), None)
        if clause is not None:
            raise Undecorrelated(f"{clause.upper()} in a SELECT that refers to the outer query")


def inner_context(context: Context) -> Context:
    """The context in which an uncorrelated nested SELECT is planned."""
    return context.inside()
