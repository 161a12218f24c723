"""A view's plan: its relation, its schema, and the input columns that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from cdc.contract.schemas import TableSchema
from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.depth import deeply_nested
from materializers.sql.place import Source
from materializers.sql.planner import Planner
from materializers.sql.relations.bounded_ranks import BoundedRanks
from materializers.sql.relations.pushed_filters import PushedFilters
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Recompute
from materializers.sql.relations.scan import Scan
from materializers.sql.rules.rules import parsed
from materializers.sql.types.constant_text import InvalidInput
from materializers.sql.types.sql_type import TEXT, Outgrown, SqlType
from materializers.view import ViewColumn, ViewDefinition, ViewSchema


@dataclass(frozen=True, slots=True)
class ViewPlan:
    """`root` has the view's columns in order, under the view's names. `needs`: table -> its columns
    that must be stored."""

    root: Relation
    schema: ViewSchema
    needs: Mapping[str, frozenset[str]]


def plan_view(
    definition: ViewDefinition,
    schemas: Mapping[str, TableSchema],
    key: tuple[str, ...] | None,
    functions: FunctionCatalogue,
    *,
    is_wide: bool = False,
) -> ViewPlan:
    """Plan a view against the captured tables (`schema.table` -> schema).

    `key`: the key's columns; None: infer it. `functions`: those that the view may call. `is_wide`:
    plan every numeric as wide, for a view whose numbers outgrew narrow ones. Raises ViewError with
    the place underlined.
    """
    source = Source.of(definition)
    query = parsed(source, functions)
    has_totals = query.find(exp.Rollup, exp.Cube, exp.GroupingSets) is not None
    with deeply_nested(source):
        try:
            planner = Planner(definition, schemas, functions, is_wide=is_wide)
            root = _planned(planner, query)
        except Outgrown:
            planner = Planner(definition, schemas, functions, is_wide=True)
            root = _planned(planner, parsed(source, functions))
        root = _rewritten(root)
    columns = tuple(ViewColumn(c.name, _shown(c.type)) for c in root.columns)
    chosen = _choose_key(source, root, key, _WITH_TOTALS if has_totals else _WITHOUT_KEY)
    return ViewPlan(root, ViewSchema(definition.name, columns, chosen), _needs(root))


def whole_view(
    definition: ViewDefinition,
    schemas: Mapping[str, TableSchema],
    functions: FunctionCatalogue,
    *,
    is_wide: bool = False,
) -> Relation:
    """The view as one query of its tables, without state: at every cut the view's rows must equal
    its result. Raises ViewError."""
    planner = Planner(definition, schemas, functions, is_wide=is_wide)
    try:
        root = _planned(planner, parsed(planner.source, functions), is_inline=True)
    except Outgrown:
        planner = Planner(definition, schemas, functions, is_wide=True)
        root = _planned(planner, parsed(planner.source, functions), is_inline=True)
    return _rewritten(root)


def _rewritten(root: Relation) -> Relation:
    return BoundedRanks()(PushedFilters()(root))


def _shown(kind: SqlType) -> str:
    """The type's name for sinks: an array of several dimensions is `text`, in PostgreSQL's form."""
    return TEXT.name if kind.dimensions else kind.name


def _planned(planner: Planner, query: exp.Expr, *, is_inline: bool = False) -> Relation:
    """Plan the query. An invalid constant of UNION or VALUES raises an error that names the view
    alone: its type is decided far from its place."""
    try:
        return planner.view(query, is_inline=is_inline)
    except InvalidInput as error:
        raise planner.source.error(str(error)) from error


_WITHOUT_KEY = "select the primary keys of its tables, or give the sink the option key = '…'"
_WITH_TOTALS = (
    "select the columns it is grouped by, and grouping() of them, which tells the row of a total"
    " from a group that is NULL; or give the sink the option key = '…'"
)


def _choose_key(
    source: Source, root: Relation, key: tuple[str, ...] | None, fix: str
) -> tuple[str, ...]:
    names = [c.name for c in root.columns]
    if key is not None:
        unknown = [name for name in key if name not in names]
        if unknown:
            raise source.error(
                f'the key names "{unknown[0]}", which the view does not have',
                fix=f"choose among {', '.join(names)}",
            )
        return key
    if not root.keys:
        raise source.error(
            "no key can be inferred: no set of its columns is known to be unique",
            fix=fix,
        )
    telling = [k for k in root.keys if k] or [frozenset({_of_one_row(root)})]
    best = min(telling, key=lambda k: (len(k), [names.index(n) for n in names if n in k]))
    return tuple(name for name in names if name in best)


def _of_one_row(root: Relation) -> str:
    """The key of a view that has at most one row, because sinks need a key column: the first column
    that is never NULL and has a type that every sink can look up."""
    fits = [c for c in root.columns if c.type.is_comparable and c.type.is_ordered]
    return min(fits or root.columns, key=lambda c: c.nullable or c.type.is_float).name


def _needs(root: Relation) -> dict[str, frozenset[str]]:
    needs: dict[str, set[str]] = {}
    for relation in root.walk():
        scans = relation.scans if isinstance(relation, Recompute) else (relation,)
        for scan in scans:
            if isinstance(scan, Scan):
                names = (name for name, _ in scan.listed)
                needs.setdefault(scan.table, set()).update(names, scan.primary_key)
    return {table: frozenset(columns) for table, columns in needs.items()}
