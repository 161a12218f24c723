"""Queries -> relations: SELECT, set operations, WITH, tables and derived tables.

A SELECT is planned with state where every relation in it has a delta rule. Where one has none (a
nested SELECT that cannot be decorrelated, …) the SELECT is planned again without state, below a
Recompute.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from cdc.contract.schemas import TableSchema
from materializers.sql.alias import renamed_fields
from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.distinct import distinct
from materializers.sql.expressions.translator import Translator
from materializers.sql.ordering import Ordering
from materializers.sql.place import Source
from materializers.sql.planned import Context, Planned
from materializers.sql.recursion import is_recursive, plan_recursive
from materializers.sql.relations.map import Map, renamed
from materializers.sql.relations.relation import Column, Relation
from materializers.sql.relations.same import Recompute
from materializers.sql.relations.scan import Scan
from materializers.sql.rules.rules import parsed
from materializers.sql.scope import Entry, Field, Scope, column_names
from materializers.sql.select import SelectPlanner
from materializers.sql.set_operation import plan_set_operation
from materializers.sql.static import plan_values
from materializers.sql.types.captured import captured_type
from materializers.sql.types.expression import (
    Constant,
    Expression,
)
from materializers.sql.types.sql_type import INTEGER, TEXT, UNKNOWN, widened_type
from materializers.sql.usage import used_columns
from materializers.view import ViewDefinition


class Planner:
    """Plans one view and, in place, the views that it reads. `functions`: those that it may call.
    `source`: the view whose SQL is being planned at the moment."""

    def __init__(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        functions: FunctionCatalogue,
        *,
        is_wide: bool = False,
    ) -> None:
        self.functions = functions
        self.source = Source.of(definition, is_wide=is_wide)
        self._views = {view.name: view for view in definition.over}
        self.schemas = schemas
        self.inline_scans: list[Scan] = []
        self._aliases: dict[str, int] = {}
        self._recursive: set[int] = set()
        self._bound: dict[int, Planned] = {}

    def view(self, query: exp.Expr, *, is_inline: bool = False) -> Relation:
        """Plan the view; the relation's columns have the view's names. `is_inline`: without state,
        to be computed as one query."""
        planned = self._whole(query, Context(is_inline))
        outputs = tuple((f.name, self._typed(f.as_expression())) for f in planned.fields)
        return renamed(planned.relation, outputs)

    def _whole(self, query: exp.Expr, context: Context) -> Planned:
        """A view's query, whose columns may be those of a relation."""
        planned = self.query(query, context)
        counts = Counter(field.name for field in planned.fields)
        for field in planned.fields:
            if counts[field.name] > 1:
                raise self.source.error(f'column "{field.name}" is specified more than once')
            if field.type.name == "record":
                message = f'column "{field.name}" is a record'
                raise self.source.error(message, fix="use row_to_json()")
        return planned

    @staticmethod
    def _typed(value: Expression) -> Expression:
        return value.cast(TEXT) if value.type == UNKNOWN else value

    def unique(self, alias: str) -> str:
        """A name for an entry of FROM, unique in the plan."""
        unlike = alias = alias.replace(".", "~")  # a column's name is `alias.column`
        number = self._aliases.get(alias.lower(), 0) + 1  # DuckDB's names ignore case
        if number > 1:
            unlike = f"{alias}~{number}"
            while unlike.lower() in self._aliases:
                number += 1
                unlike = f"{alias}~{number}"
        self._aliases[alias.lower()] = number
        self._aliases.setdefault(unlike.lower(), 1)
        return unlike

    # queries

    def query(self, node: exp.Expr, context: Context) -> Planned:
        """Plan a SELECT, a set operation, VALUES or a query in parentheses."""
        if isinstance(node, exp.Subquery):
            return self.query(node.this, context)
        if (with_ := node.args.get("with_")) is not None:
            if with_.args.get("recursive"):
                self._recursive |= {id(cte) for cte in with_.expressions if is_recursive(cte)}
            named = self._named_queries(with_, context.outer)
            context = replace(context, named=context.named + named)
        if context.is_inline:
            return self._block(node, context)
        planned = self._block(node, context)
        if planned.relation.is_incremental:
            return planned
        reasons = dict.fromkeys(each.reason for each in planned.relation.walk() if each.reason)
        return self._recomputed(node, context, ", ".join(reasons))

    def _named_queries(
        self, node: exp.Expr, outer: Scope | None
    ) -> tuple[tuple[str, exp.Expr, Scope | None], ...]:
        named = tuple((cte.alias, cte, outer) for cte in node.expressions)
        names = [name for name, _, _ in named]
        doubled = next((cte for name, cte, _ in named if names.count(name) > 1), None)
        if doubled is not None:
            message = f'WITH query name "{doubled.alias}" specified more than once'
            raise self.source.error(message, doubled)
        return named

    def _refuse_parts(self, node: exp.Expr, names: tuple[str, ...]) -> None:
        """Refuse clauses that the planner would ignore here, such as LIMIT after parentheses."""
        part = next((name for name in names if node.args.get(name)), None)
        if part is not None:
            word = part.strip("_").upper()
            raise self.source.error(
                f"{word} is not supported here", node, fix="use a query of WITH or in FROM"
            )

    def _recomputed(self, node: exp.Expr, context: Context, why: str) -> Planned:
        before, self.inline_scans = self.inline_scans, []
        try:
            planned = self._block(node, replace(context, is_inline=True))
            scans = self.inline_scans
        finally:  # another attempt may follow
            self.inline_scans = before
        relation = Recompute(planned.relation, tuple(scans), why)
        return Planned(relation, planned.fields)

    def _block(self, node: exp.Expr, context: Context) -> Planned:
        if isinstance(node, exp.Select):
            return SelectPlanner(self, node, context).plan()
        if isinstance(node, exp.SetOperation):
            return self._ordered(plan_set_operation(self, node, context), node)
        if isinstance(node, exp.Values):
            translate = Translator(
                self.source, self.functions, Scope(outer=context.outer), self._no_nested
            )
            return plan_values(node, translate, self.unique("values"))
        raise self.source.error(f"{type(node).__name__.upper()} is not supported", node)

    def distinct(self, relation: Relation) -> Relation:
        """The relation without duplicate rows: grouped by all columns."""
        return distinct(relation, self.source)

    def _ordered(self, planned: Planned, node: exp.Query) -> Planned:
        outputs = [(f.name, f.as_expression()) for f in planned.fields]
        translate = Translator(self.source, self.functions, Scope(), self._no_nested)
        ordering = Ordering(self, translate, node, outputs)
        return replace(planned, relation=ordering.apply(planned.relation))

    def _no_nested(self, node: exp.Expr, scope: Scope) -> Relation:
        raise self.source.error("a nested SELECT is not supported here", node)

    # FROM

    def entry(self, node: exp.Expr, context: Context) -> tuple[Relation, Entry]:
        """An entry of FROM without its joins: a table, a query of WITH, or a query in
        parentheses."""
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            self._refuse_parts(node, ("sample", "pivots", "laterals", "only"))
            names = {name: cte for name, cte, _ in context.named}
            if not node.args.get("db") and node.name in names:
                return self._named(node, names[node.name], context)
            if not node.args.get("db") and node.name in self._views:
                return self._view(node, context)
            return self._table(node, context)
        is_values = isinstance(node, exp.Table) and isinstance(node.this, exp.Values)
        if is_values or isinstance(node, (exp.Subquery, exp.Values)):
            query = node if isinstance(node, exp.Values) else node.this
            inner = context if context.is_inline else context.inside()
            planned = self.query(query, inner)
            return self._derived(node, planned, node.alias or "subquery")
        raise self.source.error(f"{type(node).__name__.upper()} in FROM is not supported", node)

    def _named(self, node: exp.Table, cte: exp.Expr, context: Context) -> tuple[Relation, Entry]:
        index = next(i for i, (_, c, _) in enumerate(context.named) if c is cte)
        outer = context.named[index][2]
        inner = replace(context.inside(), outer=outer, named=context.named[:index])
        alias = node.alias or node.name
        if id(cte) in self._bound:
            return self._derived(node, self._bound[id(cte)], alias)
        if id(cte) in self._recursive:
            return self._derived(node, self._recursion(cte, context, index), alias)
        planned = self.query(cte.this, inner)
        fields = renamed_fields(self.source, cte, planned.fields)
        return self._derived(node, replace(planned, fields=fields), alias)

    def _recursion(self, cte: exp.Expr, context: Context, index: int) -> Planned:
        """A recursive query: recomputed when a table that it reads changes."""
        before, self.inline_scans = self.inline_scans, list[Scan]()
        outer = context.named[index][2]
        inner = replace(context.inside(), outer=outer, named=context.named[: index + 1])
        name = self.unique(f"recursive.{cte.alias}")

        def bind(planned: Planned) -> None:
            self._bound[id(cte)] = planned

        try:
            planned = plan_recursive(self.source, cte, name, self.query, bind, inner)
        finally:
            self._bound.pop(id(cte), None)
            scans, self.inline_scans = self.inline_scans, [*before, *self.inline_scans]
        if context.is_inline:
            return planned
        relation = Recompute(planned.relation, tuple(scans))
        return replace(planned, relation=relation)

    def _view(self, node: exp.Table, context: Context) -> tuple[Relation, Entry]:
        """Another view of the project, planned in place like a query of WITH. Inside it, its own
        name means the table."""
        if f"public.{node.name}" in self.schemas:
            raise self.source.error(
                f'"{node.name}" is ambiguous: a view and a captured table have that name',
                node,
                fix=f"write public.{node.name} for the table, or give the view another name",
            )
        definition, outside = self._views[node.name], (self.source, self._views)
        self.source = Source.of(definition, is_wide=self.source.is_wide)
        self._views = {view.name: view for view in definition.over}
        try:
            query = parsed(self.source, self.functions)
            planned = self._whole(query, Context(context.is_inline))
        finally:
            self.source, self._views = outside
        return self._derived(node, planned, node.alias or node.name)

    def _derived(self, node: exp.Expr, planned: Planned, alias: str) -> tuple[Relation, Entry]:
        plan_alias = self.unique(alias)
        outputs, fields = [], []
        named = renamed_fields(self.source, node, planned.fields)
        names = column_names(plan_alias, [old.name for old in named])
        for name, old in zip(names, named, strict=True):
            value = self._typed(old.as_expression())
            outputs.append((name, value))
            fields.append(Field(old.name, name, value.type, value.nullable))
        relation = renamed(planned.relation, tuple(outputs))
        return relation, Entry(alias, tuple(fields))

    def _table(self, node: exp.Table, context: Context) -> tuple[Relation, Entry]:
        schema = self._find_table(node)
        alias = self.unique(node.alias or node.name)
        select = node.find_ancestor(exp.Select)  # only names inside it can mean this table
        used = used_columns(select).of(node.alias or node.name) if select is not None else None
        fields, scanned = [], []
        names = column_names(alias, [c.name for c in schema.columns])
        for name, column in zip(names, schema.columns, strict=True):
            nullable = column.nullable and column.name not in schema.key
            kind = captured_type(column)
            kind = widened_type(kind) if self.source.is_wide else kind
            fields.append(Field(column.name, name, kind, nullable))
        seen = renamed_fields(self.source, node, fields)
        for field, column in zip(seen, schema.columns, strict=True):
            if used is None or field.name in used or column.name in schema.key:
                scanned.append((column.name, Column(field.column, field.type, field.nullable)))
        scan = Scan(schema.table, tuple(scanned), schema.key)
        self.inline_scans.append(scan)
        named = {field.name: field.column for field in fields}
        key = tuple(named[name] for name in schema.key)
        return scan, Entry(node.alias or node.name, seen, key)

    def _find_table(self, node: exp.Table) -> TableSchema:
        name = f"{node.db or 'public'}.{node.name}"
        if name in self.schemas:
            return self.schemas[name]
        close = difflib.get_close_matches(name, sorted(self.schemas), 1)
        hint = f' (did you mean "{close[0]}"?)' if close else ""
        raise self.source.error(
            f'table "{name}" is not captured{hint}',
            node,
            fix="name a captured table, or add it to the source's tables; where they name it, "
            "`rederive check` and `rederive capture status` say why it is not",
        )

    # nested SELECT in an expression

    def scope_of(self, node: exp.Select, context: Context) -> Scope:
        """The names that the FROM of a SELECT defines."""
        return SelectPlanner(self, node, replace(context, is_inline=True)).sources()

    def names_of(self, node: exp.Select, context: Context) -> frozenset[str]:
        """What a name alone means there; the plan stays as it was."""
        aliases, scans = dict(self._aliases), list(self.inline_scans)
        try:
            return frozenset(field.name for field in self.scope_of(node, context).columns)
        finally:
            self._aliases, self.inline_scans = aliases, scans

    def nested(self, node: exp.Expr, scope: Scope, context: Context) -> Relation:
        """A SELECT inside an expression."""
        planned = self.query(node, replace(context, is_inline=True, outer=scope))
        listed = tuple((field.column, field.as_expression()) for field in planned.fields)
        return Map(planned.relation, listed or (("#none", Constant("1", INTEGER)),))
