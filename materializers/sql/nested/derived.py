"""Queries in FROM and in WITH that refer to the query around their SELECT, as LATERAL.

Once the values of the query around stand in the FROM, a query beside them reads them as LATERAL
does, though nothing else that stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from materializers.sql.nested.undecorrelated import Undecorrelated

_DERIVED = "derived"
Refers = Callable[[exp.Expr], bool]
"""Whether a query refers to the query around."""


def is_derived(node: exp.Expr) -> bool:
    """Whether an entry was no LATERAL as it was written."""
    return bool(node.meta.get(_DERIVED))


def beside(select: exp.Select, refers: Refers) -> None:
    """Make LATERAL of the queries in the SELECT's FROM that refer to the query around."""
    for entry in _entries(select):
        if isinstance(entry, exp.Subquery) and isinstance(entry.this, exp.Query):
            if refers(entry.this):
                lateral = exp.Lateral(this=exp.Subquery(this=entry.this))
                lateral.set("alias", entry.args.get("alias"))
                lateral.meta[_DERIVED] = True
                entry.replace(lateral)


def _entries(select: exp.Select) -> Iterator[exp.Expr]:
    start = select.args.get("from_")
    if start is not None:
        yield start.this
    for join in select.args.get("joins") or ():
        yield join.this


def without_with(query: exp.Expr) -> exp.Expr:
    """The query with those of its WITH in the places of their names. Raises Undecorrelated where
    one reads itself."""
    with_ = query.args.get("with_")
    if with_ is None:
        return query
    if with_.args.get("recursive"):
        raise Undecorrelated("WITH RECURSIVE in a SELECT that refers to the query around it")
    query = query.copy()
    listed = list(query.args["with_"].expressions)
    query.set("with_", None)
    for cte in reversed(listed):
        _put(cte, query)
    return query


def _put(cte: exp.Expr, query: exp.Expr) -> None:
    for table in list(query.find_all(exp.Table)):
        if table.name != cte.alias or table.args.get("db") or _is_hidden(table, cte, query):
            continue
        alias = cte.args["alias"].copy()
        if (own := table.args.get("alias")) is not None:
            names = own.columns or alias.columns
            alias = exp.TableAlias(this=own.this.copy(), columns=[each.copy() for each in names])
        put = exp.Subquery(this=cte.this.copy(), alias=alias)
        put.set("joins", table.args.get("joins"))
        table.replace(put)


def _is_hidden(table: exp.Expr, cte: exp.Expr, query: exp.Expr) -> bool:
    """Whether a WITH nearer to the table has the name too."""
    node = table.parent
    while node is not None and node is not query:
        with_ = node.args.get("with_")
        if with_ is not None and any(each.alias == cte.alias for each in with_.expressions):
            return True
        node = node.parent
    return False
