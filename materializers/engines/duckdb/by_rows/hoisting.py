"""Hoists expressions without a form in DuckDB's SQL out of a plan's relations, into columns that
the row engine computes below them. Where that is impossible, the row engine computes the relation
in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from materializers.engines.duckdb.by_rows.large import Large
from materializers.engines.duckdb.by_rows.splitting import split
from materializers.engines.duckdb.by_rows.unsaid import reason_unsaid, unsaid_within
from materializers.sql.relations.by_rows import Computed, Whole
from materializers.sql.relations.expand import LateralSelect
from materializers.sql.relations.join import Join
from materializers.sql.relations.map import Map
from materializers.sql.relations.nested import Nested
from materializers.sql.relations.recursive import Recursive
from materializers.sql.relations.relation import Relation, carried
from materializers.sql.relations.rewriting import with_inputs
from materializers.sql.relations.same import Recompute
from materializers.sql.relations.scan import Scan
from materializers.sql.relations.window import Window
from materializers.sql.types.expression import Apply, ColumnRef, Expression, all_of, boolean
from materializers.sql.types.raising import conjuncts_of, evaluation_cost
from materializers.sql.types.sql_type import TEXT

T = TypeVar("T")


class _CannotHoist(Exception):
    """The expression depends on more than one row of one input."""


def hoisted(root: Relation) -> Relation:
    """An equal relation, each part of which has a form in DuckDB's SQL or is computed by the row
    engine."""
    large = Large()
    if not any(_unsaid(each) or _is_large(each, large) for each in _all_relations(root)):
        return root
    try:
        return _Hoisting(large).of(root)
    except _CannotHoist:
        return _whole(root)


def _whole(relation: Relation) -> Map:
    """The relation, computed by the row engine in full. Its inner names must not be names of
    tables' columns, because the lowering renames them, down to the scans."""
    scans = {id(each): each for each in _all_relations(relation) if isinstance(each, Scan)}
    inner = {column.name: f"whole#{place}" for place, column in enumerate(relation.columns)}
    named = Map(relation, tuple((inner[c.name], c.as_expression()) for c in relation.columns))
    whole = Whole(named, tuple(scans.values()), _why(relation))
    outputs = ((c.name, replace(c, name=inner[c.name]).as_expression()) for c in relation.columns)
    return Map(whole, tuple(outputs))


def _why(relation: Relation) -> str:
    values = (v for each in _all_relations(relation) for v in each.expressions())
    reasons = (reason_unsaid(node) for value in values for node in value.walk())
    return next(filter(None, reasons), "numerics of any size")


def _all_relations(root: Relation) -> Iterator[Relation]:
    """Every relation once, with those of nested SELECTs and below a Recompute."""
    waiting, seen = [root], set[int]()
    while waiting:
        relation = waiting.pop()
        if id(relation) in seen:
            continue
        seen.add(id(relation))
        yield relation
        waiting += relation.inputs
        if isinstance(relation, Recompute):
            waiting += [relation.child, *relation.scans]
        if isinstance(relation, LateralSelect):
            waiting.append(relation.nested)
        for expression in relation.expressions():
            waiting += [n.relation for n in expression.walk() if isinstance(n, Nested)]


def _unsaid(relation: Relation) -> list[Expression]:
    """The parts of a relation's own expressions without a form in DuckDB's SQL."""
    split_calls = split(relation) is not relation or _has_wide_frame(relation)
    unsaid = [node for value in relation.expressions() for node in unsaid_within(value)]
    return unsaid or ([ColumnRef("", TEXT)] if split_calls else [])


def _is_large(relation: Relation, large: Large) -> bool:
    return any(map(large.is_large, relation.expressions()))


def _has_wide_frame(relation: Relation) -> bool:
    """Whether a frame's distance is added to a numeric of any size."""
    return isinstance(relation, Window) and any(
        distance.type.is_wide
        for _, call in relation.calls
        if call.frame is not None
        for distance in call.frame.distances
    )


class _Hoisting:
    """Rewrites relations, each once."""

    def __init__(self, large: Large) -> None:
        self._large = large
        self._made: dict[int, tuple[Relation, Relation]] = {}
        self._columns = 0

    def of(self, relation: Relation) -> Relation:
        if id(relation) not in self._made:
            self._made[id(relation)] = relation, self._rewritten(relation)
        return self._made[id(relation)][1]

    def _rewritten(self, relation: Relation) -> Relation:
        if isinstance(relation, Recompute):
            is_said = not any(map(_unsaid, _all_relations(relation.child)))
            return relation if is_said else _whole(relation.child)
        if isinstance(relation, Recursive) or self._has_nested_unsaid(relation):
            if any(map(_unsaid, _all_relations(relation))):
                raise _CannotHoist
            return relation
        below = {id(each): self.of(each) for each in relation.inputs}
        return self._own(with_inputs(relation, below))

    def _has_nested_unsaid(self, relation: Relation) -> bool:
        nested = [
            node.relation
            for value in relation.expressions()
            for node in value.walk()
            if isinstance(node, Nested)
        ]
        nested += [relation.nested] if isinstance(relation, LateralSelect) else []
        return any(_unsaid(inner) for each in nested for inner in _all_relations(each))

    def _own(self, relation: Relation) -> Relation:
        """With its unsaid expressions computed below it; its inputs are rewritten already."""
        if _has_wide_frame(relation):
            raise _CannotHoist
        apart = split(relation)
        if apart is not relation:
            assert isinstance(apart, Map), "what is read of a group stands above it"
            return self._own(replace(apart, child=self._own(apart.child)))
        relation = self._in_turn(relation)
        inputs = [each.names for each in relation.inputs]
        large = {id(n) for v in relation.expressions() for n in self._large.within(v, inputs)}
        unsaid = dict.fromkeys(n for v in relation.expressions() for n in unsaid_within(v, large))
        if not unsaid:
            return relation
        places: dict[int, dict[str, Expression]] = {}
        names: dict[Expression, Expression] = {}
        for node in unsaid:
            place = next((i for i, e in enumerate(relation.inputs) if node.columns <= e.names), -1)
            if place < 0:
                return self._filtered(relation)
            if any(isinstance(each, Nested) for each in node.walk()):
                raise _CannotHoist
            self._columns += 1
            name = f"rows#{self._columns}"
            places.setdefault(place, {})[name] = node
            column = ColumnRef(name, TEXT)
            # Conditions are tested in the order of their cost, wherever they are computed
            cost = int(2 * evaluation_cost(node))
            names[node] = Apply("by rows", (column,), node.type, node.nullable, (cost,))
        below = {
            id(relation.inputs[place]): Computed(relation.inputs[place], tuple(added.items()))
            for place, added in places.items()
        }
        said = _with_expressions(relation, lambda value: _exchanged(value, names))
        rebuilt = with_inputs(said, below)
        same = [c.name for c in rebuilt.columns] == [c.name for c in relation.columns]
        return rebuilt if same else Map(rebuilt, carried(relation))

    def _in_turn(self, relation: Relation) -> Relation:
        """A large WHERE with its conditions in the order of their cost, as PostgreSQL tests them:
        one that is false or NULL spares the next ones' errors."""
        if not isinstance(relation, Map) or relation.predicate is None:
            return relation
        if not self._large.is_large(relation.predicate):
            return relation
        ordered = sorted(conjuncts_of(relation.predicate), key=evaluation_cost)
        return replace(relation, predicate=all_of(_is_true(each) for each in ordered))

    def _filtered(self, relation: Relation) -> Relation:
        """An inner join's condition over both inputs as a filter above it."""
        if not isinstance(relation, Join) or relation.kind != "inner":
            raise _CannotHoist
        equal = all_of(boolean("=", e.left, e.right) for e in relation.equalities)
        if equal == relation.condition:
            raise _CannotHoist
        bare = self._own(replace(relation, condition=equal))
        return self._own(Map(bare, carried(relation), relation.condition))


def _is_true(condition: Expression) -> Expression:
    return boolean("is true", condition, never_null=True)


def _exchanged(value: Expression, names: Mapping[Expression, Expression]) -> Expression:
    if value in names:
        return names[value]
    return value.with_children(lambda child: _exchanged(child, names))


def _with_expressions(relation: Relation, exchange: Callable[[Expression], Expression]) -> Relation:
    def change(value: Any) -> Any:  # Any: a field's value
        if isinstance(value, Expression):
            return exchange(value)
        if isinstance(value, tuple):
            return tuple(map(change, value))
        if is_dataclass(value) and not isinstance(value, (type, Relation)):
            return _changed(value, change)
        return value

    return _changed(relation, change)


def _changed(node: T, change: Callable[[Any], Any]) -> T:
    listed = fields(node)  # type: ignore[arg-type]  # a dataclass, as all nodes are
    changed = {each.name: change(getattr(node, each.name)) for each in listed}
    return replace(node, **changed)  # type: ignore[type-var]
