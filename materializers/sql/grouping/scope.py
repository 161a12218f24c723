"""The outer names that a nested SELECT may use above a GROUP BY: the grouped columns."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.scope import Entry, Field, Scope
from materializers.sql.types.expression import ColumnRef, Expression


def grouped_scope(
    scope: Scope, query: exp.Expr, translate: Callable[[exp.Expr], Expression]
) -> Scope:
    """The scope with each column as `translate` gives it above the groups. Columns that the query
    does not name, or that are not grouped by, are left out."""
    written = {(column.table, column.name) for column in query.find_all(exp.Column)}
    entries = []
    for entry in scope.entries:
        tables = ("", entry.alias)
        fields = [f for f in entry.fields if any((t, f.name) in written for t in tables)]
        seen = [_seen(entry, f, translate) for f in fields]
        entries.append(Entry(entry.alias, tuple(f for f in seen if f is not None)))
    alone = [_seen(None, f, translate) for f in scope.columns if ("", f.name) in written]
    return Scope(entries, [f for f in alone if f is not None], scope.outer)


def _seen(
    entry: Entry | None, field: Field, translate: Callable[[exp.Expr], Expression]
) -> Field | None:
    try:
        value = translate(exp.column(field.name, entry.alias if entry else None))
    except ViewError:
        return None
    assert isinstance(value, ColumnRef), value
    return Field(field.name, value.column, value.type, value.nullable)
