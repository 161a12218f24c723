"""A view's plan: the operator tree, what the view looks like, and what it needs stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from cdc.contract.schemas import TableSchema
from materializers.operators.operator import Operator, Side
from materializers.operators.recompute import Recompute
from materializers.operators.run import NO_RUN
from materializers.operators.scan import Scan
from materializers.plan.depth import deeply_nested
from materializers.plan.place import Source
from materializers.plan.planner import Planner
from materializers.plan.rules.rules import parsed
from materializers.plan.sharing import Shared, Sharing
from materializers.view import ViewColumn, ViewDefinition, ViewSchema


@dataclass(frozen=True, slots=True)
class Plan:
    """`root` has the view's columns, under the view's names, in order. `needs`: table -> the
    columns of it that must be stored."""

    root: Operator
    schema: ViewSchema
    needs: Mapping[str, frozenset[str]]

    def operators(self) -> Iterator[Operator]:
        """Every operator once, inputs first."""
        seen: set[int] = set()
        for operator in self.root.walk():
            if id(operator) not in seen:
                seen.add(id(operator))
                yield operator

    def state(self) -> dict[str, str]:
        """All state tables: name -> column definitions."""
        return {n: c for operator in self.operators() for n, c in operator.state().items()}


def make_plan(
    definition: ViewDefinition,
    schemas: Mapping[str, TableSchema],
    key: tuple[str, ...] | None,
    prefix: str,
    shared: Shared | None = None,
) -> Plan:
    """Plan a view against the captured tables (`schema.table` -> schema).

    `key`: the key's columns where the user names them, else it is inferred. `prefix`: what the
    names of its own state tables begin with. `shared`: the operators with state that the plans of
    a pipeline have in common, by state table. Raises ViewError with the place underlined.
    """
    source = Source.of(definition)
    planner = Planner(definition, schemas, prefix)
    query = parsed(source)
    has_totals = query.find(exp.Rollup, exp.Cube, exp.GroupingSets) is not None
    with deeply_nested(source):
        root = planner.view(query)
        root = Sharing({} if shared is None else shared).plan(root)
    columns = tuple(ViewColumn(c.name, c.type.name) for c in root.columns)
    chosen = _choose_key(source, root, key, _WITH_TOTALS if has_totals else _WITHOUT_KEY)
    return Plan(root, ViewSchema(definition.name, columns, chosen), _needs(root))


_WITHOUT_KEY = "select the primary keys of its tables, or give the sink the option key = '…'"
_WITH_TOTALS = (
    "select the columns it is grouped by, and grouping() of them, which tells the row of a total"
    " from a group that is NULL; or give the sink the option key = '…'"
)


def _choose_key(
    source: Source, root: Operator, key: tuple[str, ...] | None, fix: str
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


def _of_one_row(root: Operator) -> str:
    """The key of a view that has one row at most, as sinks want one with columns: any column tells
    that row. One that is never NULL, and of a type that every sink can look up."""
    fits = [c for c in root.columns if c.type.is_comparable and c.type.is_ordered]
    return min(fits or root.columns, key=lambda c: c.nullable or c.type.is_float).name


def _needs(root: Operator) -> dict[str, frozenset[str]]:
    needs: dict[str, set[str]] = {}
    for operator in root.walk():
        scans = operator.scans if isinstance(operator, Recompute) else (operator,)
        for scan in scans:
            if isinstance(scan, Scan):
                needs.setdefault(scan.table, set()).update(scan.source.values(), scan.key)
    return {table: frozenset(columns) for table, columns in needs.items()}


def whole_select(definition: ViewDefinition, schemas: Mapping[str, TableSchema]) -> str:
    """One SELECT of DuckDB that answers the view from the input tables alone, without state: what
    the kept rows must be equal to at every cut."""
    planner = Planner(definition, schemas, "")
    return planner.view(parsed(planner.source), is_inline=True).rows(Side.NEW, NO_RUN)
