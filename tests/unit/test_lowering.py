"""Operators of a plan: their descriptions, and the names of their state tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from materializers.engines.duckdb.plan import Planning, make_plan
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import plan_view
from materializers.sql.relations.canonical import Canonical
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Recompute
from materializers.view import ViewDefinition
from tests.unit.shop import ORDERS

SQL = (
    "SELECT id, (WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < x.id)"
    " SELECT count(*) FROM r, orders) AS most FROM orders x"
)
VIEW = ViewDefinition("v", SQL, Path("v.sql"), 1)
SCHEMAS = {ORDERS.table: ORDERS}
WHY = "WITH RECURSIVE in a SELECT that refers to the outer query"


def _recompute() -> Recompute:
    found: list[Relation] = list(plan_view(VIEW, SCHEMAS, ("id",), BUILT_IN).root.walk())
    (relation,) = (each for each in found if isinstance(each, Recompute))
    return relation


def test_what_is_recomputed_says_why() -> None:
    told = [
        operator.describe()
        for operator in make_plan(VIEW, SCHEMAS, ("id",), Planning(BUILT_IN)).operators()
    ]
    assert f"recompute: nested SELECT: {WHY}" in told


def test_the_reason_is_no_part_of_the_meaning() -> None:
    """A state is found again although a message is worded anew."""
    relation = _recompute()
    worded = replace(relation, why="in other words")
    assert worded == relation
    assert Canonical({}).text(worded) == Canonical({}).text(relation)


def test_names_are_no_part_of_the_meaning_and_values_are() -> None:
    texts = [
        Canonical({}).text(plan_view(replace(VIEW, sql=sql), SCHEMAS, ("id",), BUILT_IN).root)
        for sql in (
            "SELECT o.id, o.amount + 1 AS a FROM orders o WHERE o.id > 3",
            "SELECT p.id, p.amount + 1 AS b FROM orders p WHERE p.id > 3",
            "SELECT o.id, o.amount + 2 AS a FROM orders o WHERE o.id > 3",
            "SELECT o.id, o.amount + 1 AS a FROM orders o WHERE o.id > 4",
        )
    ]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 3


def test_groups_by_unlike_expressions_are_unlike() -> None:
    """DISTINCT calls its columns as its input does."""
    sqls = (
        "SELECT DISTINCT amount FROM orders",
        "SELECT DISTINCT amount + 1 AS amount FROM orders",
    )
    texts = {
        Canonical({}).text(
            plan_view(replace(VIEW, sql=sql), SCHEMAS, None, BUILT_IN).root.inputs[0]
        )
        for sql in sqls
    }
    assert len(texts) == 2
