"""Decorrelates any nested SELECT by joining it to the domain: the distinct outer values it reads.

Used where references to the outer query are not conditions of the SELECT's own WHERE. The domain
becomes the first entry of its FROM, and all references, however deep, read that entry. The join
that replaces the SELECT then compares the domain's values with the outer row's, NULL equal to NULL
(Neumann and Kemper, "Unnesting Arbitrary Queries").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from materializers.sql.expressions.translator import Translator
from materializers.sql.grouping.scope import grouped_scope
from materializers.sql.nested.placeholder import placeholder
from materializers.sql.nested.undecorrelated import Undecorrelated
from materializers.sql.planned import Context, OuterValues, Queries
from materializers.sql.relations.domain import Domain, Filled, columns_read
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.relation import Column, Outputs, Relation
from materializers.sql.scope import Entry, Field, Scope
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import SqlType, array_of

FAILING = (exp.Div, exp.Mod, exp.Cast, exp.Pow)
"""Expressions that may raise an error: division by zero, a text that is no number."""


@dataclass(slots=True)
class OuterDomain:
    """`outer_values`: the first entry of the nested SELECT's FROM; `pairs`: (outer, inner) sides of
    the equalities that correlate it; `groups`: its columns, over the outer relation."""

    outer_values: OuterValues
    domain: Domain
    pairs: Sequence[tuple[exp.Expr, exp.Expr]]
    groups: Outputs
    _rows: list[Relation] = field(default_factory=list)

    @classmethod
    def of(
        cls, planner: Queries, query: exp.Expr, context: Context, translate: Translator
    ) -> OuterDomain | None:
        """The domain of a nested query; None where it is not correlated. Raises Undecorrelated for
        values without exact equality, ViewError where the query itself is wrong."""
        scope = _visible(translate.scope, query, translate)
        inline = replace(context.inside(), is_inline=True, outer=scope)
        read = columns_read(planner.query(query, inline).relation)
        fields = {f.column: f for each in _chain(scope) for f in each.fields() if f.column in read}
        _refuse_errors(query, fields, scope)
        return _made(planner, list(fields.values()), scope) if fields else None

    def filled(self, relation: Relation, left: Relation, base: Relation | None = None) -> Relation:
        """The relation, which joins `left` to the domain, with the domain filled from the rows of
        `left`; from those of `base`, which has been joined to others to become `left`, if it has
        the columns. A chain of nested SELECTs then reads one domain, instead of a domain of a join
        with a domain of a join, and so on."""
        if not self._rows:
            read = frozenset().union(*(value.columns for _, value in self.groups))
            rows = base if base is not None and read <= base.names else left
            self._rows.append(GroupBy(rows, self.groups, (), self.domain.key))
        return Filled(self.domain, self._rows[0], left)(relation)

    def refers(self, planner: Queries, context: Context) -> Callable[[exp.Expr], bool]:
        """A function that returns whether a query refers to the outer query."""
        inline = replace(context.inside(), is_inline=True, outer=self.outer_values.scope)

        def is_correlated(query: exp.Expr) -> bool:
            return bool(columns_read(planner.query(query, inline).relation) & self.domain.names)

        return is_correlated


def _refuse_errors(query: exp.Expr, fields: Mapping[str, Field], scope: Scope) -> None:
    """Refuse a query that computes with an outer value what may raise an error: the domain also
    contains rows that a later filter excludes."""
    names = {
        (table, f.name)
        for each in _chain(scope)
        for entry in each.entries
        for f in entry.fields
        for table in ("", entry.alias)
        if f.column in fields
    } | {("", f.name) for f in fields.values()}
    for node in query.find_all(*FAILING):
        if any((column.table, column.name) in names for column in node.find_all(exp.Column)):
            raise Undecorrelated("a value of the outer query may make it raise an error")


def _made(planner: Queries, fields: list[Field], scope: Scope) -> OuterDomain:
    alias = planner.unique("domain")
    name = f"#{alias}"
    groups: list[tuple[str, Expression]] = []
    listed, key, pairs, named = [], [], [], dict[str, Field]()
    for place, outside in enumerate(fields):
        _check(outside.type)
        value: Expression = outside.as_expression()
        column = f"{alias}.{place}.{outside.name}"
        groups.append((column, value))
        named[outside.column] = Field(outside.name, column, outside.type, outside.nullable)
        if outside.nullable:  # two NULLs are equal in an array
            value = Apply("array", (value,), array_of(outside.type), False)
            column = f"{column}#key"
            groups.append((column, value))
        key.append(Field(f"k{place}", column, value.type, False))
        pairs.append((placeholder(value, outside.name), exp.column(f"k{place}", name, quoted=True)))
    listed = [Column(column, value.type, value.nullable) for column, value in groups]
    columns = tuple(each.column for each in key)
    domain = Domain(alias, tuple(listed), frozenset(columns))
    inner = [Field(each.column, each.column, each.type, each.nullable) for each in named.values()]
    entry = Entry(name, (*key, *inner), columns)
    return OuterDomain(
        OuterValues(domain, entry, _over(scope, named)), domain, pairs, tuple(groups)
    )


def _check(kind: SqlType) -> None:
    """Refuse a type whose equal values may differ: the result for one must hold for all."""
    held = kind.element or kind
    if not kind.is_comparable or held.is_float or held.is_padded:
        raise Undecorrelated(
            f"it reads a {kind.name} of the outer query, whose equal values may differ"
        )


def _over(scope: Scope, named: dict[str, Field]) -> Scope:
    """The scope with each outer column replaced by the domain's."""

    def fields(listed: list[Field] | tuple[Field, ...]) -> list[Field]:
        return [replace(named[f.column], name=f.name) for f in listed if f.column in named]

    entries = [Entry(each.alias, tuple(fields(each.fields))) for each in scope.entries]
    outer = _over(scope.outer, named) if scope.outer is not None else None
    return Scope(entries, fields(scope.columns), outer)


def _chain(scope: Scope | None) -> Iterator[Scope]:
    while scope is not None:
        yield scope
        scope = scope.outer


def _visible(scope: Scope, query: exp.Expr, translate: Translator) -> Scope:
    """The scope in which the query stands, above a GROUP BY too."""
    for column in query.find_all(exp.Column):
        name = column.table if isinstance(column.this, exp.Star) else column.name
        if any(entry.alias == name for each in _chain(scope) for entry in each.entries):
            if isinstance(column.this, exp.Star) or not translate.scope.has_column(name):
                raise Undecorrelated("it may read a whole row of the outer query")
    visible = grouped_scope(scope, query, translate)
    outer = _visible(scope.outer, query, translate) if scope.outer is not None else None
    return replace(visible, outer=outer)
