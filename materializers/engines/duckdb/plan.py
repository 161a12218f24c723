"""A view's plan in this engine: its operators, its schema, the input columns that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import duckdb

from cdc.contract.schemas import TableSchema
from materializers.duckdb_names import duckdb_names
from materializers.engines.duckdb.by_rows.hoisting import hoisted
from materializers.engines.duckdb.operators.lowering import Lowering, State
from materializers.engines.duckdb.operators.operator import Operator, Side
from materializers.engines.duckdb.operators.run import NO_RUN, Run
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.depth import deeply_nested
from materializers.sql.place import Source
from materializers.sql.plan import plan_view, whole_view
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation
from materializers.view import ViewDefinition, ViewSchema


@dataclass(frozen=True, slots=True)
class Plan:
    """`root` has the view's columns in order, under their names in DuckDB. `needs`: table -> its
    columns that must be stored. `relation`: what the operators were made of; `operator_of`: the
    operator that maintains a relation of it, None for one computed inside another operator's
    SELECT."""

    root: Operator
    schema: ViewSchema
    needs: Mapping[str, frozenset[str]]
    relation: Relation
    operator_of: Callable[[Relation], Operator | None]

    def operators(self) -> Iterator[Operator]:
        """Every operator once, inputs first."""
        return self.root.walk()

    def state(self) -> dict[str, str]:
        """All state tables: name -> column definitions."""
        return {n: c for operator in self.operators() for n, c in operator.state().items()}


@dataclass(frozen=True, slots=True)
class Planning:
    """How the views of one pipeline are planned. `functions`: those that they may call;
    `renderings`: how DuckDB computes a project's own functions. `shared`: the operators with state,
    which the plans share."""

    functions: FunctionCatalogue
    renderings: Renderings = field(default_factory=dict)
    shared: State = field(default_factory=dict)

    def apart(self) -> Planning:
        """The same for plans that share no operators with the others."""
        return Planning(self.functions, self.renderings)

    def lowering(self) -> Lowering:
        """Makes the operators of one plan."""
        return Lowering(self.shared, self.renderings)


def make_plan(
    definition: ViewDefinition,
    schemas: Mapping[str, TableSchema],
    key: tuple[str, ...] | None,
    planning: Planning,
    *,
    is_wide: bool = False,
) -> Plan:
    """Plan a view against the captured tables (`schema.table` -> schema).

    `key`: the key's columns; None: infer it. `is_wide`: plan every numeric as wide. Raises
    ViewError with the place underlined.
    """
    planned = plan_view(definition, schemas, key, planning.functions, is_wide=is_wide)
    lowering = planning.lowering()
    with deeply_nested(Source.of(definition)):
        relation = hoisted(_stored(planned.root))
        root = lowering.of(relation)
    return Plan(root, planned.schema, planned.needs, relation, lowering.operator_of)


def whole_select(
    definition: ViewDefinition,
    schemas: Mapping[str, TableSchema],
    planning: Planning,
    connection: duckdb.DuckDBPyConnection | None = None,
    *,
    is_wide: bool = False,
) -> str:
    """One SELECT of DuckDB that answers the view from the input tables alone, without state. What
    the row engine works out of it is, where there is any, by now, and temporary tables of the
    `connection`."""
    relation = whole_relation(definition, schemas, planning, is_wide=is_wide)
    return select_of(relation, planning, connection)


def whole_relation(
    definition: ViewDefinition,
    schemas: Mapping[str, TableSchema],
    planning: Planning,
    *,
    is_wide: bool = False,
) -> Relation:
    """The view over the input tables alone, as `select_of` takes it."""
    return hoisted(_stored(whole_view(definition, schemas, planning.functions, is_wide=is_wide)))


def _stored(root: Relation) -> Relation:
    """A view's relation, its columns under their names in DuckDB."""
    names = [column.name for column in root.columns]
    if (stored := duckdb_names(names)) == names:
        return root
    assert isinstance(root, Map), "a view's names are those of its last projection"
    outputs = zip(stored, (value for _, value in root.outputs), strict=True)
    return replace(root, outputs=tuple(outputs))


def select_of(
    relation: Relation,
    planning: Planning,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> str:
    """`whole_select` of a relation."""
    run = NO_RUN if connection is None else Run(connection, {}, {})
    return planning.apart().lowering().of(relation, is_inline=True).rows(Side.NEW, run)
