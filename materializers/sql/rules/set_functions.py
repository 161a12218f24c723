"""Set-returning functions in a select list -> an entry of FROM.

`SELECT id, unnest(a) FROM t` is `SELECT id, s.c FROM t, unnest(a) AS s(c)`. Several go in parallel,
as in ROWS FROM (manual, "SQL Functions Returning Sets"). In a query with GROUP BY, a function that
is grouped by is evaluated before grouping. Another one would be evaluated after it: it is refused,
and belongs in an outer query.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.rules.rule import Fail

_ALIAS = "#sets"
_CHOICES = ("coalesce", "nullif", "greatest", "least")


def set_functions(functions: FunctionCatalogue, node: exp.Expr, fail: Fail) -> exp.Expr:
    """Move a SELECT's set-returning functions into FROM; raises ViewError where that is not
    possible."""
    if not isinstance(node, exp.Select):
        return node
    places = [
        *node.expressions,
        *(node.args[p] for p in ("group", "order", "distinct") if node.args.get(p)),
    ]
    calls = [call for place in places for call in _calls(place, functions)]
    distinct = {call.sql(): call.copy() for call in calls}
    if not distinct:
        return node
    for call in calls:
        _check(call, node, functions, fail)
    _name_outputs(node, functions)
    columns = {text: f"c{index}" for index, text in enumerate(distinct)}
    for place in [*node.expressions, *places[len(node.expressions) :]]:
        for call in list(_calls(place, functions)):
            call.replace(exp.column(columns[call.sql()], _ALIAS, quoted=True))
    _join(node, list(distinct.values()), list(columns.values()))
    return node


def _calls(node: exp.Expr, functions: FunctionCatalogue) -> Iterator[exp.Expr]:
    """The calls of set-returning functions, without those in nested queries."""
    if isinstance(node, exp.Anonymous) and str(node.this).lower() in functions.sets:
        yield node
    for child in node.iter_expressions():
        if not isinstance(child, exp.Query):
            yield from _calls(child, functions)


def _check(call: exp.Expr, select: exp.Select, functions: FunctionCatalogue, fail: Fail) -> None:
    parent = call.parent
    while parent is not None and parent is not select:
        name = str(parent.this).lower() if isinstance(parent, exp.Anonymous) else ""
        if isinstance(parent, (exp.Case, exp.Window)) or name in (*_CHOICES, *functions.aggregates):
            word = name.upper() or type(parent).__name__.upper()
            raise fail(f"set-returning functions are not allowed in {word}", call)
        if name in functions.sets:
            raise fail("a set-returning function over another one is supported in FROM only", call)
        parent = parent.parent
    if _is_grouped(select, functions) and not _is_group(call, select, functions):
        raise fail("a set-returning function after GROUP BY belongs in an outer query", call)
    if any(select.find_all(exp.Window)):
        raise fail("a set-returning function after a window belongs in an outer query", call)


def _is_grouped(select: exp.Select, functions: FunctionCatalogue) -> bool:
    return select.args.get("group") is not None or any(
        str(call.this).lower() in functions.aggregates
        for each in select.expressions
        for call in each.find_all(exp.Anonymous)
    )


def _is_group(call: exp.Expr, select: exp.Select, functions: FunctionCatalogue) -> bool:
    """Whether GROUP BY contains the call, or the item of the select list that contains it."""
    group = select.args.get("group")
    if group is None:
        return False
    names = {each.sql() for each in group.find_all(exp.Column, exp.Anonymous)}
    names |= {each.name for each in group.expressions if isinstance(each, exp.Column)}
    places = {each.name for each in group.expressions if isinstance(each, exp.Literal)}
    if call.sql() in names:
        return True
    for place, each in enumerate(select.expressions, 1):
        if any(one is call for one in _calls(each, functions)):
            return each.alias in names or str(place) in places or each.sql() in names
    return call.find_ancestor(exp.Group) is not None


def _name_outputs(select: exp.Select, functions: FunctionCatalogue) -> None:
    """Name the columns of the select list by their functions, before these are moved."""
    for each in select.expressions:
        if isinstance(each, exp.Anonymous) and any(_calls(each, functions)):
            name = str(each.this).lower()
            each.replace(exp.alias_(each.copy(), name, quoted=True))


def _join(select: exp.Select, calls: list[exp.Expr], columns: list[str]) -> None:
    alias = exp.TableAlias(
        this=exp.to_identifier(_ALIAS, quoted=True),
        columns=[exp.to_identifier(name, quoted=True) for name in columns],
    )
    table = exp.Table(rows_from=[exp.Table(this=call) for call in calls], alias=alias)
    if select.args.get("from_") is None:
        select.set("from_", exp.From(this=table))
    else:
        select.append("joins", exp.Join(this=table))
