"""Queries in the FROM or WITH of a nested SELECT that refer to the outer query -> LATERAL.

Once the outer query's values are an entry of the FROM, such a query reads them as LATERAL does. Of
the other entries it may read none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from materializers.sql.nested.undecorrelated import Undecorrelated

_DERIVED = "derived"
Refers = Callable[[exp.Expr], bool]
"""Whether a query refers to the outer query."""


def is_derived(node: exp.Expr) -> bool:
    """Whether a rewrite turned the entry into LATERAL."""
    return bool(node.meta.get(_DERIVED))


def beside(select: exp.Select, refers: Refers) -> None:
    """Turn the queries in the SELECT's FROM that refer to the outer query into LATERAL."""
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
    """The query with the queries of its WITH inlined. Raises Undecorrelated for WITH RECURSIVE."""
    with_ = query.args.get("with_")
    if with_ is None:
        return query
    if with_.args.get("recursive"):
        raise Undecorrelated("WITH RECURSIVE in a SELECT that refers to the outer query")
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
    """Whether an inner WITH defines the name too."""
    node = table.parent
    while node is not None and node is not query:
        with_ = node.args.get("with_")
        if with_ is not None and any(each.alias == cte.alias for each in with_.expressions):
            return True
        node = node.parent
    return False
