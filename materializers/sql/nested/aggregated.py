"""Decorrelates a nested SELECT that is one group: it is grouped by the correlation keys.

Its select list is evaluated above the join, because it has a value where no row matches too:
`count(*)` and `coalesce(sum(x), 0)` are 0 there.
"""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.conditions import has_subquery
from materializers.sql.nested.list_items import unaliased
from materializers.sql.nested.nested_select import Decorrelated, NestedSelect
from materializers.sql.nested.placeholder import placeholder
from materializers.sql.nested.undecorrelated import Undecorrelated
from materializers.sql.scope import Field
from materializers.sql.types.expression import Apply, ColumnRef, Constant
from materializers.sql.types.sql_type import INTEGER

_COUNTS = ("count", "regr_count")


def aggregated(nested: NestedSelect) -> tuple[Decorrelated, list[exp.Expr]]:
    """The grouped SELECT, and its select list as expressions over the join of an outer row with
    it."""
    nested.refuse("limit", "offset", "distinct")
    if nested.residual:
        raise Undecorrelated("an aggregate over a condition that is no equality")
    if any(e.find(exp.Window) for e in nested.select.expressions):
        raise Undecorrelated("a window over a SELECT that is one group")
    items = unaliased(nested.select.expressions)
    having = nested.query.args.get("having")
    if having is not None:
        items = [_guarded(item, having.this) for item in items]
    calls: dict[str, exp.Expr] = {}
    for item in items:
        if has_subquery(item):
            raise Undecorrelated("a SELECT nested in one that refers to the outer query")
        _collect(item, calls, nested.functions)
    decorrelated = nested.decorrelated(
        list(calls.values()), lambda select: _grouped(select, nested)
    )
    columns = dict(zip(calls, decorrelated.values, strict=True))
    return decorrelated, [_above(item, columns, nested) for item in items]


def _guarded(item: exp.Expr, having: exp.Expr) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=having.copy(), true=item.copy())])


def _is_call(node: exp.Expr, functions: FunctionCatalogue) -> bool:
    call = node.this if isinstance(node, exp.Filter) else node
    return functions.is_aggregate(call)


def _collect(node: exp.Expr, calls: dict[str, exp.Expr], functions: FunctionCatalogue) -> None:
    if _is_call(node, functions):
        calls.setdefault(node.sql(), node)
        return
    for child in node.iter_expressions():
        _collect(child, calls, functions)


def _grouped(select: exp.Select, nested: NestedSelect) -> exp.Select:
    select.set("having", None)
    select.set("order", None)
    select.set("group", exp.Group(expressions=[inside.copy() for _, inside in nested.pairs]))
    return select


def _above(item: exp.Expr, columns: dict[str, Field], nested: NestedSelect) -> exp.Expr:
    above: exp.Expr = item.copy().transform(lambda node: _replaced(node, columns, nested.functions))
    for column in above.find_all(exp.Column):
        if "expression" not in column.meta and nested.is_own(column):
            raise Undecorrelated(f'"{column.name}" stands outside of an aggregate')
    return above


def _replaced(node: exp.Expr, columns: dict[str, Field], functions: FunctionCatalogue) -> exp.Expr:
    if not _is_call(node, functions):
        return node
    field = columns[node.sql()]
    call = node.this if isinstance(node, exp.Filter) else node
    column = ColumnRef(field.column, field.type)
    if str(call.this).lower() in _COUNTS:
        return placeholder(
            Apply("coalesce", (column, Constant("0", INTEGER)), field.type, False), field.column
        )
    return placeholder(column, field.column)
