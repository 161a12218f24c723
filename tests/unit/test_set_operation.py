"""Set operations over queries whose columns are given: their types, and what a chain becomes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import sqlglot
from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.catalogue import BUILT_IN, FunctionCatalogue
from materializers.sql.distinct import distinct
from materializers.sql.place import Source
from materializers.sql.planned import Context, Planned
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.relation import Column, Relation
from materializers.sql.relations.set_operations import UnionAll
from materializers.sql.relations.values import Values
from materializers.sql.scope import Entry, Field, Scope
from materializers.sql.set_operation import plan_set_operation
from materializers.sql.types.sql_type import BIGINT, BOOLEAN, INTEGER, TEXT, SqlType
from tests.contracts.view_builder_contract import view


class GivenQueries:
    """`Queries` of one column `x` each, whose type is given by the query's one word."""

    def __init__(self, kinds: Mapping[str, SqlType]) -> None:
        self.source = Source.of(view("v", "SELECT 1"))
        self.kinds, self.made = kinds, 0

    @property
    def functions(self) -> FunctionCatalogue:
        return BUILT_IN

    def unique(self, alias: str) -> str:
        self.made += 1
        return f"{alias}~{self.made}"

    def query(self, node: exp.Expr, context: Context) -> Planned:
        kind = self.kinds[node.expressions[0].name]
        column = Column(f"{self.unique('q')}.x", kind, False)
        values = Values((), (column,), ())
        return Planned(values, (Field("x", column.name, kind, False),))

    def distinct(self, relation: Relation) -> Relation:
        return distinct(relation, self.source)

    def entry(self, node: exp.Expr, context: Context) -> tuple[Relation, Entry]:
        raise AssertionError("a set operation has no FROM")

    def scope_of(self, node: exp.Select, context: Context) -> Scope:
        raise AssertionError("a set operation has no FROM")

    def names_of(self, node: exp.Select, context: Context) -> frozenset[str]:
        raise AssertionError("a set operation has no FROM")

    def nested(self, node: exp.Expr, scope: Scope, context: Context) -> Relation:
        raise AssertionError("a set operation has no expressions")


def _planned(sql: str) -> Planned:
    kinds = {"i": INTEGER, "b": BIGINT, "t": TEXT, "f": BOOLEAN}
    node = sqlglot.parse_one(sql, dialect="postgres")
    assert isinstance(node, exp.SetOperation)
    return plan_set_operation(GivenQueries(kinds), node, Context())


def test_a_chain_of_one_type_is_one_relation() -> None:
    planned = _planned(" UNION ALL ".join(["SELECT i"] * 5))
    assert isinstance(planned.relation, UnionAll) and len(planned.relation.sides) == 5
    assert [(field.name, field.type) for field in planned.fields] == [("x", INTEGER)]


def test_a_type_that_grows_is_grown_step_by_step() -> None:
    """What is cast twice may differ from what is cast once."""
    planned = _planned("SELECT i UNION ALL SELECT i UNION ALL SELECT b UNION ALL SELECT b")
    outer = planned.relation
    assert isinstance(outer, UnionAll) and [c.type for c in outer.columns] == [BIGINT]
    assert len(outer.sides) == 3
    inner = outer.sides[0].inputs[0]
    assert isinstance(inner, UnionAll) and [c.type for c in inner.columns] == [INTEGER]


def test_distinct_in_a_chain_stands_where_it_was_written() -> None:
    planned = _planned("SELECT i UNION SELECT i UNION ALL SELECT i")
    assert isinstance(planned.relation, UnionAll) and len(planned.relation.sides) == 2
    below = [each for each in planned.relation.walk() if isinstance(each, GroupBy)]
    assert len(below) == 1


def test_types_that_do_not_match_are_refused() -> None:
    with pytest.raises(ViewError, match="UNION types integer and boolean cannot be matched"):
        _planned("SELECT i UNION ALL SELECT i UNION ALL SELECT f")
