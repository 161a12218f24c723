"""Relations -> operators: decides how each relation of a plan is maintained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace

from materializers.engines.duckdb.operators import (
    aggregate,
    computed,
    consolidate,
    expand,
    first_of_each,
    limit,
    outer_join,
    recompute,
    recursive,
    scan,
    semi_join,
    set_operation,
    shared,
    union,
    values,
    whole,
    window,
)
from materializers.engines.duckdb.operators.join import InnerJoin
from materializers.engines.duckdb.operators.map import Map as MapOperator
from materializers.engines.duckdb.operators.nested_words import nested_words
from materializers.engines.duckdb.operators.operator import Operator, Side
from materializers.engines.duckdb.operators.run import NO_RUN
from materializers.engines.duckdb.operators.stages import stages_of
from materializers.engines.duckdb.render.node_words import has_words, keep_words
from materializers.engines.duckdb.render.rendering import Renderings, render
from materializers.engines.duckdb.render.window_values import hangs_on_order
from materializers.engines.duckdb.render.words import words
from materializers.sql.relations.by_rows import Computed, Whole
from materializers.sql.relations.canonical import Canonical, digest
from materializers.sql.relations.expand import Expand, LateralSelect
from materializers.sql.relations.first import FirstOfEach, Limit
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.join import Join
from materializers.sql.relations.map import Map
from materializers.sql.relations.nested import Nested
from materializers.sql.relations.recursive import Recursive, WorkingTable
from materializers.sql.relations.relation import Relation, carried
from materializers.sql.relations.renaming import renamed_own
from materializers.sql.relations.same import Consolidate, Recompute, Shared
from materializers.sql.relations.scan import Scan
from materializers.sql.relations.semi_join import MarkJoin, SemiJoin
from materializers.sql.relations.set_operations import SetOperation, UnionAll
from materializers.sql.relations.values import Values
from materializers.sql.relations.window import Window
from materializers.sql.types.expression import Apply, ColumnRef, Expression, quote

State = MutableMapping[str, Operator]
"""State table -> the operator that owns it."""


class Lowering:
    """Makes the operators of one plan. Equal relations with state have one operator in all plans;
    `shared`: those of the pipeline. Its columns are `c#0`, `c#1`, …, and its state table is named
    by a digest of its meaning. A projection renames its columns for each plan. So its delta is
    computed once, and its state is stored once."""

    def __init__(self, shared: State, renderings: Renderings) -> None:
        """`renderings`: how DuckDB computes functions that are not built in."""
        self._shared, self._renderings = shared, renderings
        self._made: dict[tuple[int, bool], tuple[Relation, Operator]] = {}
        self._tables: dict[int, str] = {}
        self._renamings: set[int] = set()
        self._held: list[Relation] = []

    def of(self, relation: Relation, *, is_inline: bool = False) -> Operator:
        """The operator of a relation, always the same one. `is_inline`: without state, to be
        computed in one SELECT."""
        place = id(relation), is_inline
        if place not in self._made:
            has_state = keeps_state(relation) and not is_inline
            operator = self._renamed(relation) if has_state else self._plain(relation, is_inline)
            self._made[place] = (
                relation,
                operator,
            )  # the live object keeps its id() from being reused
        return self._made[place][1]

    def operator_of(self, relation: Relation) -> Operator | None:
        """The operator that maintains a relation; None where the relation is computed inside
        another operator's SELECT."""
        made = self._made.get((id(relation), False))
        if made is None:
            return None
        return made[1].inputs[0] if id(made[1]) in self._renamings else made[1]

    def _plain(self, relation: Relation, is_inline: bool) -> Operator:
        inputs = [self.of(each, is_inline=is_inline) for each in relation.inputs]
        if isinstance(relation, Map) and id(inputs[0]) in self._renamings:
            relation, inputs = _merged(relation, inputs[0]), list(inputs[0].inputs)
        return self._make(relation, inputs, Place(self))

    def _make(self, relation: Relation, inputs: list[Operator], place: Place) -> Operator:
        for expression in relation.expressions():
            self._render(expression)
        operator = _MAKERS[type(relation)](place, relation, *inputs)
        operator.relation = relation
        operator.has_delta = relation.has_delta
        return operator

    def _renamed(self, relation: Relation) -> Operator:
        """The pipeline's operator for a relation with state, below a projection to the relation's
        column names."""
        for each in relation.inputs:
            self.of(each)
        meaning = digest(Canonical(self._tables).text(relation))
        table = f"operators.{quote(f'{type(relation).__name__.lower()}.{meaning}')}"
        operator = self._shared.get(table)
        if operator is None:
            operator = self._shared[table] = self._canonical(relation, table)
        self._tables[id(relation)] = table
        outputs = tuple(
            (own.name, ColumnRef(column.name, own.type, own.nullable))
            for own, column in zip(relation.columns, operator.columns, strict=True)
        )
        renaming = MapOperator(operator, outputs)
        self._renamings.add(id(renaming))
        return renaming

    def _canonical(self, relation: Relation, table: str) -> Operator:
        names = {column.name: f"c#{place}" for place, column in enumerate(relation.columns)}
        form = renamed_own(relation, names, lambda below: _under(below, names))
        inputs = [self.of(each) for each in form.inputs]
        self._held.append(form)
        return self._make(form, inputs, Place(self, table))

    def _render(self, expression: Expression) -> None:
        """Attach its SQL to each nested SELECT (over the new rows of its tables), and to each call
        of a project's own function."""
        for node in reversed(list(expression.walk())):
            if isinstance(node, Nested) and not has_words(node):
                select = self.of(node.relation, is_inline=True).rows(Side.NEW, NO_RUN)
                keep_words(node, nested_words(node, select))
            elif isinstance(node, Apply) and node.name in self._renderings:
                self._render_call(node)

    def _render_call(self, node: Apply) -> None:
        for argument in node.arguments:
            words(argument)
        keep_words(node, render(self._renderings[node.name], node))


@dataclass(frozen=True, slots=True)
class Place:
    """The arguments of the makers. `table`: the quoted name of the state table; empty for an
    operator without state."""

    lowering: Lowering
    table: str = ""


def keeps_state(relation: Relation) -> bool:
    """Whether a relation's operator has a state table."""
    if isinstance(relation, Whole):
        return True
    if isinstance(relation, Window):
        return not relation.partition or any(hangs_on_order(call) for _, call in relation.calls)
    return isinstance(relation, (GroupBy, Limit, Recompute))


def _under(child: Relation, names: Mapping[str, str]) -> Relation:
    """An input whose column names its reader passes on, with the reader's new names."""
    if not child.names & names.keys():
        return child
    outputs = carried(child)
    return Map(child, tuple((names.get(name, name), value) for name, value in outputs))


def _merged(relation: Map, renaming: Operator) -> Map:
    """A projection over a renaming, merged into one projection."""
    assert isinstance(renaming, MapOperator), "a renaming is a projection"
    names = {name: e.column for name, e in renaming.outputs if isinstance(e, ColumnRef)}
    outputs = tuple((name, value.renamed(names)) for name, value in relation.outputs)
    predicate = relation.predicate.renamed(names) if relation.predicate is not None else None
    return replace(relation, outputs=outputs, predicate=predicate)


def _scan(_: Place, node: Scan) -> Operator:
    return scan.Scan(node.table, node.listed, node.primary_key)


def _map(_: Place, node: Map, child: Operator) -> Operator:
    return MapOperator(child, node.outputs, node.predicate)


_JOINS: Mapping[str, Callable[..., Operator]] = {
    "inner": InnerJoin,
    "left": outer_join.LeftJoin,
    "full": outer_join.FullJoin,
}


def _join(_: Place, node: Join, left: Operator, right: Operator) -> Operator:
    return _JOINS[node.kind](left, right, node.condition, node.equalities)


def _semi_join(_: Place, node: SemiJoin, left: Operator, right: Operator) -> Operator:
    condition, equalities = node.condition, node.equalities
    return semi_join.SemiJoin(left, right, condition, equalities, is_anti=node.is_anti)


def _mark_join(_: Place, node: MarkJoin, left: Operator, right: Operator) -> Operator:
    return semi_join.MarkJoin(left, right, node.condition, node.equalities, node.mark)


def _group_by(place: Place, node: GroupBy, child: Operator) -> Operator:
    if not place.table:
        return aggregate.GroupBy(child, node.groups, node.aggregates, "")
    stages = stages_of(node)
    if stages:
        child = place.lowering.of(stages[0].source)
    distinct = tuple((each.stage, place.lowering.of(each.relation)) for each in stages)
    return aggregate.GroupBy(child, node.groups, node.aggregates, place.table, distinct)


def _union_all(_: Place, node: UnionAll, *inputs: Operator) -> Operator:
    return union.UnionAll(inputs, node.listed)


def _set_operation(_: Place, node: SetOperation, *inputs: Operator) -> Operator:
    word = f"{node.name} ALL" if node.keeps_duplicates else node.name
    return set_operation.SetOperation(word, inputs, node.compared, node.listed)


def _limit(place: Place, node: Limit, child: Operator) -> Operator:
    return limit.Limit(child, node.bounds, place.table)


def _first_of_each(_: Place, node: FirstOfEach, child: Operator) -> Operator:
    return first_of_each.FirstOfEach(child, node.partition, node.order)


def _window(place: Place, node: Window, child: Operator) -> Operator:
    operator = window.Window(child, node.partition, node.calls, place.table)
    below = node.child
    while isinstance(below, Map):
        below = below.child
    if isinstance(below, Limit):
        operator.upkeep = "touched groups"  # a few rows: all are touched
    return operator


def _expand(_: Place, node: Expand, child: Operator) -> Operator:
    return expand.Expand(child, node.added, node.lists, node.condition, is_left=node.is_left)


def _lateral(place: Place, node: LateralSelect, child: Operator) -> Operator:
    nested = place.lowering.of(node.nested, is_inline=True)
    return expand.LateralSelect(child, node.added, nested, node.condition, is_left=node.is_left)


def _values(_: Place, node: Values) -> Operator:
    return values.Values(node.lines, node.listed)


def _working_table(_: Place, node: WorkingTable) -> Operator:
    return recursive.WorkingTable(node.name, node.listed)


def _recursive(_: Place, node: Recursive, base: Operator, term: Operator) -> Operator:
    word = "UNION ALL" if node.keeps_duplicates else "UNION"
    return recursive.Recursive(node.name, (base, term), node.listed, word)


def _shared(_: Place, node: Shared, child: Operator) -> Operator:
    return shared.Shared(child)


def _consolidate(_: Place, node: Consolidate, child: Operator) -> Operator:
    return consolidate.Consolidate(child)


def _recompute(place: Place, node: Recompute) -> Operator:
    child = place.lowering.of(node.child, is_inline=True)
    scans = [place.lowering.of(each) for each in node.scans]
    reads = tuple(each for each in scans if isinstance(each, scan.Scan))
    return recompute.Recompute(child, reads, place.table)


def _computed(_: Place, node: Computed, child: Operator) -> Operator:
    return computed.Computed(child, node.outputs)


def _whole(place: Place, node: Whole) -> Operator:
    scans = [place.lowering.of(each) for each in node.scans]
    reads = tuple(each for each in scans if isinstance(each, scan.Scan))
    child = whole.WholeByRows(node.child, reads)
    return recompute.Recompute(child, reads, place.table) if place.table else child


_MAKERS: dict[type[Relation], Callable[..., Operator]] = {
    Scan: _scan,
    Computed: _computed,
    Whole: _whole,
    Map: _map,
    Join: _join,
    SemiJoin: _semi_join,
    MarkJoin: _mark_join,
    GroupBy: _group_by,
    UnionAll: _union_all,
    SetOperation: _set_operation,
    Limit: _limit,
    FirstOfEach: _first_of_each,
    Window: _window,
    Expand: _expand,
    LateralSelect: _lateral,
    Values: _values,
    WorkingTable: _working_table,
    Recursive: _recursive,
    Shared: _shared,
    Consolidate: _consolidate,
    Recompute: _recompute,
}
