"""Stages: groupings by group and value, which store the distinct values of groups. count(DISTINCT
x) and the like follow the stage's delta, so that the cost does not depend on the size of a
group."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.engines.duckdb.operators.aggregate import Stage
from materializers.engines.duckdb.render.aggregates.accumulations import distinct_values
from materializers.engines.duckdb.render.aggregates.accumulator import Distinct
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation, carried
from materializers.sql.relations.same import Shared
from materializers.sql.types.expression import all_of, boolean


@dataclass(frozen=True, slots=True)
class DistinctStage:
    """A stage, its relation, and the grouping's input, which both read."""

    stage: Stage
    relation: Relation
    source: Relation


def stages_of(node: GroupBy) -> list[DistinctStage]:
    """The stages that the grouping needs."""
    distinct = dict.fromkeys(each for _, call in node.aggregates for each in distinct_values(call))
    source = node.child if isinstance(node.child, Shared) else Shared(node.child)
    return [_stage(node, source, each, number) for number, each in enumerate(distinct)]


def _stage(node: GroupBy, source: Relation, distinct: Distinct, number: int) -> DistinctStage:
    is_there = boolean("is not null", distinct.value, never_null=True)
    tests = [is_there] if distinct.value.nullable else []
    tests += [distinct.condition] if distinct.condition is not None else []
    child = Map(source, carried(source), all_of(tests)) if tests else source
    groups = tuple((f"{name}#{number}", value) for name, value in node.groups)
    value = (f"{node.aggregates[0][0]}#x{number}", distinct.value)
    columns = tuple(name for name, _ in groups)
    relation = GroupBy(child, (*groups, value), (), frozenset((*columns, value[0])))
    return DistinctStage(Stage(distinct, columns, value[0]), relation, source)
