"""Which views of a project read which others, and cycles among them.

A bare name in FROM means a WITH query, else a view of the project, else a table of schema `public`;
the planner refuses a name that is both view and table. Inside a view its own name means the table;
`public.name` always does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.place import Source
from materializers.sql.rules.rules import tables_named
from materializers.view import ViewDefinition


def linked(views: Sequence[ViewDefinition]) -> tuple[tuple[ViewDefinition, ...], list[ViewError]]:
    """The views with `over` filled in, in the same order, and an error for each cycle. A view whose
    SQL cannot be parsed is left unchanged; the planner reports it."""
    linker = _Linker({view.name: view for view in reversed(views)})
    return tuple(linker.link(view, ()) for view in views), linker.problems


class _Linker:
    def __init__(self, views: Mapping[str, ViewDefinition]) -> None:
        self.views = views
        self.problems: list[ViewError] = []
        self._done: dict[str, ViewDefinition] = {}
        self._circles: set[frozenset[str]] = set()

    def link(self, view: ViewDefinition, above: tuple[str, ...]) -> ViewDefinition:
        """The view with `over`. `above`: the views that led here, outermost first."""
        if view.name in self._done and self.views[view.name] is view:
            return self._done[view.name]
        path = (*above, view.name)
        over: dict[str, ViewDefinition] = {}
        for table in _bare_tables(view):
            if table.name == view.name or table.name not in self.views:
                continue
            if table.name in path:
                self._circle(view, path[path.index(table.name) :], table)
                continue
            inner = self.link(self.views[table.name], path)
            over |= {each.name: each for each in (*inner.over, inner)}
        complete = replace(view, over=tuple(over.values()))
        if self.views[view.name] is view:
            self._done[view.name] = complete
        return complete

    def _circle(self, view: ViewDefinition, names: tuple[str, ...], place: exp.Table) -> None:
        if frozenset(names) in self._circles:
            return
        self._circles.add(frozenset(names))
        circle = " reads ".join((*names, names[0]))
        self.problems.append(
            Source.of(view).error(
                f"the views read each other in a circle: {circle}",
                place,
                fix="take one of them out; for the table of that name write public.name",
            )
        )


def tables_read(view: ViewDefinition) -> set[str]:
    """The tables, as `schema.table`, that the view reads itself or through other views. Without
    those of SQL that cannot be parsed."""
    tables: set[str] = set()
    for each in (*view.over, view):
        inner = {other.name for other in each.over} - {each.name}
        bare = {table.name for table in _bare_tables(each)} - inner
        tables |= {f"public.{name}" for name in bare} | _qualified_tables(each)
    return tables


def _qualified_tables(view: ViewDefinition) -> set[str]:
    try:
        tables = tables_named(Source.of(view))
    except ViewError:
        return set()
    return {f"{table.db}.{table.name}" for table in tables if table.args.get("db")}


def _bare_tables(view: ViewDefinition) -> Iterator[exp.Table]:
    """The bare names in FROM, nested SELECTs included, that no WITH defines."""
    try:
        tables = tables_named(Source.of(view))
    except ViewError:
        return
    for table in tables:
        is_plain = isinstance(table.this, exp.Identifier) and not table.args.get("db")
        if is_plain and not _is_of_with(table):
            yield table


def _is_of_with(table: exp.Table) -> bool:
    """Whether a WITH query has the name. A query inside the WITH sees those before it, and all of
    them, itself included, where the WITH is recursive."""
    inside: exp.Expr = table
    node = table.parent
    while node is not None:
        if isinstance(node, exp.With):
            names = [cte.alias for cte in node.expressions]
            seen = names[: names.index(inside.alias)]
            if table.name in (names if node.args.get("recursive") else seen):
                return True
        elif (with_ := node.args.get("with_")) is not None and with_ is not inside:
            if any(cte.alias == table.name for cte in with_.expressions):
                return True
        inside, node = node, node.parent
    return False
