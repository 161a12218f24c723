"""Aggregate calls in a nested SELECT that are those of the query around it: their columns are all
of a query further out, and the innermost of these has them among its groups' aggregates (manual,
"Aggregate Expressions").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.planned import Queries
from materializers.sql.scope import Fail, Scope

_ENTRIES = (exp.Table, exp.Subquery, exp.Lateral, exp.Unnest, exp.Values)
_FROM = "the FROM clause of their own query"
_REFUSED = {
    "where": "WHERE", "group": "GROUP BY", "joins": _FROM, "from_": _FROM, "laterals": _FROM,
}  # fmt: skip
NamesOf = Callable[[exp.Select], frozenset[str]]
"""What names alone mean in the FROM of a SELECT; raises ViewError where that cannot be known."""


@dataclass(frozen=True, slots=True)
class OuterAggregates:
    """`select`: the query, in whose nested SELECTs columns of `alias` have replaced the calls;
    `calls`: by the names of these columns."""

    select: exp.Select
    alias: str
    calls: dict[str, exp.Expr]


def outer_aggregates(
    select: exp.Select,
    scope: Scope,
    planner: Queries,
    names_of: NamesOf,
    fail: Fail,
) -> OuterAggregates | None:
    """The calls in nested SELECTs that are the query's own; None where there are none. Raises
    ViewError for one where the query may have no aggregates."""
    own = [
        call for call in _calls(select, planner.functions) if _is_own(call, select, scope, names_of)
    ]
    if not own:
        return None
    for call in own:
        if (part := _REFUSED.get(_part_of(call, select))) is not None:
            error = fail(f"aggregate functions are not allowed in {part}", call)
            error.fix = "use HAVING" if part == "WHERE" else ""
            raise error
    alias = planner.unique("#aggregates")
    places = {id(call): f"a{place}" for place, call in enumerate(own)}
    copy, calls = select.copy(), {}
    pairs = list(zip(select.walk(), copy.walk(), strict=True))
    for written, copied in pairs:
        if (name := places.get(id(written))) is not None:
            calls[name] = written.copy()
            copied.replace(exp.column(name, alias, quoted=True))
    return OuterAggregates(copy, alias, calls)


def _calls(select: exp.Select, functions: FunctionCatalogue) -> Iterator[exp.Expr]:
    """The aggregate calls in nested SELECTs, FILTER included, but those of windows."""
    for node in select.walk():
        if not functions.is_aggregate(node) or isinstance(node.parent, exp.WithinGroup):
            continue
        if node.find_ancestor(exp.Select) is select or node.find(exp.Query) is not None:
            continue
        parent = node.parent
        call = parent if isinstance(parent, exp.Filter) and parent.this is node else node
        if not (isinstance(call.parent, exp.Window) and call.parent.this is call):
            yield call


def _is_own(call: exp.Expr, select: exp.Select, scope: Scope, names_of: NamesOf) -> bool:
    columns = list(call.find_all(exp.Column))
    if not any(_has(scope, column) for column in columns):
        return False
    inner = call.find_ancestor(exp.Select)
    while inner is not None and inner is not select:
        if any(_means(inner, column, names_of) for column in columns):
            return False
        inner = inner.find_ancestor(exp.Select)
    return True


def _has(scope: Scope, column: exp.Column) -> bool:
    if column.table:
        return any(entry.alias == column.table for entry in scope.entries)
    names = {field.name for field in scope.columns} | {entry.alias for entry in scope.entries}
    return column.name in names


def _means(select: exp.Select, column: exp.Column, names_of: NamesOf) -> bool:
    """Whether a name is one of the FROM of a SELECT, or may be."""
    if column.table:
        entries = (e for e in select.find_all(*_ENTRIES) if e.find_ancestor(exp.Select) is select)
        return any(entry.alias_or_name == column.table for entry in entries)
    try:
        return column.name in names_of(select)
    except ViewError:
        return True


def _part_of(call: exp.Expr, select: exp.Select) -> str:
    """The clause of the SELECT in which the call stands."""
    node = call
    while node.parent is not None and node.parent is not select:
        node = node.parent
    return node.arg_key or ""
