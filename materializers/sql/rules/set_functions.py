"""Set-returning functions in the list of a SELECT as an entry of FROM.

`SELECT id, unnest(a) FROM t` is `SELECT id, s.c FROM t, unnest(a) AS s(c)`; several are walked
through together, as in ROWS FROM (manual, "SQL Functions Returning Sets"). Where there are groups,
they come before the grouping if they are grouped by; else after it, which is left to a query in
FROM.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.rules.rule import Fail

_ALIAS = "#sets"
_CHOICES = ("coalesce", "nullif", "greatest", "least")


def set_functions(functions: FunctionCatalogue, node: exp.Expr, fail: Fail) -> exp.Expr:
    """A SELECT without set-returning functions in its list."""
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
    """The calls of such functions, without those in the queries below."""
    if isinstance(node, exp.Anonymous) and str(node.this).lower() in functions.sets:
        yield node
    for child in node.iter_expressions():
        if not isinstance(child, exp.Query):
            yield from _calls(child, functions)


def _check(call: exp.Expr, select: exp.Select, functions: FunctionCatalogue, fail: Fail) -> None:
    around = call.parent
    while around is not None and around is not select:
        name = str(around.this).lower() if isinstance(around, exp.Anonymous) else ""
        if isinstance(around, (exp.Case, exp.Window)) or name in (*_CHOICES, *functions.aggregates):
            word = name.upper() or type(around).__name__.upper()
            raise fail(f"set-returning functions are not allowed in {word}", call)
        if name in functions.sets:
            raise fail("a set-returning function of another one belongs in FROM", call)
        around = around.parent
    if _is_grouped(select, functions) and not _is_group(call, select, functions):
        raise fail("a set-returning function behind groups belongs into a query around", call)
    if any(select.find_all(exp.Window)):
        raise fail("a set-returning function behind windows belongs into a query around", call)


def _is_grouped(select: exp.Select, functions: FunctionCatalogue) -> bool:
    return select.args.get("group") is not None or any(
        str(call.this).lower() in functions.aggregates
        for each in select.expressions
        for call in each.find_all(exp.Anonymous)
    )


def _is_group(call: exp.Expr, select: exp.Select, functions: FunctionCatalogue) -> bool:
    """Whether it, or the column of the list that it is in, is grouped by."""
    group = select.args.get("group")
    if group is None:
        return False
    names = {each.sql() for each in group.find_all(exp.Column, exp.Anonymous)}
    names |= {each.name for each in group.expressions if isinstance(each, exp.Column)}
    places = {each.name for each in group.expressions if isinstance(each, exp.Literal)}
    if call.sql() in names:
        return True
    for place, each in enumerate(select.expressions, 1):
        if any(found is call for found in _calls(each, functions)):
            return each.alias in names or str(place) in places or each.sql() in names
    return call.find_ancestor(exp.Group) is not None


def _name_outputs(select: exp.Select, functions: FunctionCatalogue) -> None:
    """What the list's columns are called, for it is the function's name."""
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
