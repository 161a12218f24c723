"""Decorrelates UNION, INTERSECT and EXCEPT: each SELECT gets the correlation keys as further
columns, so that rows of different keys differ.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.nested.by_keys import by_keys
from materializers.sql.nested.derived import Refers, beside
from materializers.sql.nested.undecorrelated import Undecorrelated

_WHOLE = ("limit", "offset", "with_")


def with_keys(
    query: exp.Expr, keys: Sequence[exp.Expr], refers: Refers, functions: FunctionCatalogue
) -> exp.Expr:
    """The set operation with the keys after the columns of each SELECT. Raises Undecorrelated where
    the result would differ."""
    query = query.copy()
    query.set("order", None)
    _add(query, keys, refers, functions)
    return query


def _add(
    query: exp.Expr, keys: Sequence[exp.Expr], refers: Refers, functions: FunctionCatalogue
) -> None:
    clause = next((part for part in _WHOLE if query.args.get(part) is not None), None)
    if clause is not None:
        word = clause.strip("_").upper()
        raise Undecorrelated(f"{word} in a set operation that refers to the outer query")
    if isinstance(query, exp.SetOperation):
        for side in (query.left, query.right):
            _add(side, keys, refers, functions)
    elif isinstance(query, exp.Subquery):
        _add(query.this, keys, refers, functions)
    elif isinstance(query, exp.Select):
        _add_to_select(query, keys, refers, functions)
    else:
        raise Undecorrelated("VALUES in a set operation that refers to the outer query")


def _add_to_select(
    select: exp.Select, keys: Sequence[exp.Expr], refers: Refers, functions: FunctionCatalogue
) -> None:
    has_group = select.args.get("group") is not None
    is_total = any(map(functions.has_aggregate, select.expressions))
    if not has_group and (is_total or select.args.get("having") is not None):
        raise Undecorrelated("an aggregate without GROUP BY in a set operation")
    by_keys(select, keys, list(select.expressions), is_whole=True)
    beside(select, refers)
    for place, key in enumerate(keys):
        select.append("expressions", exp.alias_(key.copy(), f"#k{place}", quoted=True))
