"""A view as PostgreSQL itself can run it."""

from __future__ import annotations

from materializers.view import ViewDefinition


def postgres_select(view: ViewDefinition) -> str:
    """One SELECT: the views it reads become WITH queries. Inside a view a bare name equal to the
    view's own still means the table."""
    if not view.over:
        return view.sql
    named = ", ".join(f'"{each.name}" AS (\n{each.sql}\n)' for each in view.over)
    return f'WITH {named} SELECT * FROM (\n{view.sql}\n) AS "{view.name}"'
