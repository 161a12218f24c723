"""Nested SELECTs that refer to the outer query elsewhere than in conditions of their own WHERE are
maintained by deltas; those that are recomputed say why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import plan_view
from materializers.sql.relations.domain import Domain
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Recompute
from materializers.view import ViewDefinition
from tests.unit.shop import CUSTOMERS, ORDERS
from tests.views.feed import table_schema

SPEEDS = table_schema("public.speeds", [("id", "integer"), ("v", "double precision")], ["id"])
SCHEMAS = {table.table: table for table in (ORDERS, CUSTOMERS, SPEEDS)}
DELTAS = {
    "EXISTS in ON": """SELECT o.id, c.id AS c FROM orders o JOIN customers c ON o.customer = c.id
        AND EXISTS (SELECT 1 FROM orders x WHERE x.customer = c.id)""",
    "IN in ON": """SELECT o.id, c.id AS c FROM orders o LEFT JOIN customers c ON o.customer = c.id
        AND c.name IN (SELECT x.note FROM orders x WHERE x.id > 3)""",
    "scalar in ON": """SELECT o.id, c.id AS c FROM orders o JOIN customers c ON o.customer = c.id
        AND o.amount > (SELECT max(x.amount) FROM orders x WHERE x.customer = c.id)""",
    "scalar in the ON of a full join": """SELECT o.id, c.id AS c FROM orders o FULL JOIN customers c
        ON o.customer = c.id AND c.id > (SELECT count(*) FROM orders x WHERE x.customer = c.id)""",
    "a join's condition": """SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM orders x
        JOIN customers c ON c.id = x.customer AND x.note = o.note)""",
    "an outer join's condition": """SELECT o.id, (SELECT count(c.id) FROM orders x
        LEFT JOIN customers c ON c.id = x.customer AND c.name = o.note) AS n FROM orders o""",
    "UNION": """SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM customers c
        WHERE c.id = o.customer UNION ALL SELECT 1 FROM orders x WHERE x.note = o.note)""",
    "IN of UNION": """SELECT o.id, o.customer IN (SELECT c.id FROM customers c
        WHERE c.name = o.note UNION SELECT x.id FROM orders x WHERE x.id < o.id) AS n
        FROM orders o""",
    "two levels": """SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM orders x
        WHERE x.customer = o.customer AND NOT EXISTS (SELECT 1 FROM customers c
        WHERE c.id = x.customer AND c.name = o.note))""",
    "scalar in scalar": """SELECT o.id, (SELECT count(*) FROM orders x WHERE x.note = o.note
        AND x.id > (SELECT min(y.id) FROM orders y WHERE y.customer = o.customer)) AS n
        FROM orders o""",
    "three levels": """SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM orders x
        WHERE EXISTS (SELECT 1 FROM orders y WHERE y.note = x.note AND y.id IN (SELECT c.id
        FROM customers c WHERE c.name = o.note AND c.id > x.id)))""",
    "the list": "SELECT o.id, (SELECT max(x.id + o.customer) FROM orders x) AS n FROM orders o",
    "an inequality": """SELECT o.id, (SELECT sum(x.amount) FROM orders x WHERE x.id < o.id) AS n
        FROM orders o""",
    "FROM": """SELECT o.id, (SELECT count(*) FROM (SELECT x.note FROM orders x
        WHERE x.customer = o.customer GROUP BY x.note) q) AS n FROM orders o""",
    "WITH": """SELECT o.id, (WITH q AS (SELECT x.id FROM orders x WHERE x.note = o.note)
        SELECT count(*) FROM q WHERE q.id > (SELECT min(id) FROM q)) AS n FROM orders o""",
    "above groups": """SELECT o.note, count(*) AS n FROM orders o GROUP BY o.note HAVING EXISTS
        (SELECT 1 FROM customers c WHERE EXISTS (SELECT 1 FROM orders x WHERE x.note = o.note
        AND x.customer = c.id))""",
    "LATERAL in LATERAL": """SELECT o.id, l.id AS x, l.n FROM orders o, LATERAL (SELECT x.id, q.n
        FROM orders x, LATERAL (SELECT count(*) AS n FROM customers c WHERE c.name = o.note
        AND c.id > x.customer) q WHERE x.customer = o.customer) l""",
    "LATERAL of UNION": """SELECT o.id, l.n FROM orders o, LATERAL (SELECT c.id AS n
        FROM customers c WHERE c.name = o.note UNION SELECT x.id FROM orders x
        WHERE x.customer = o.customer) l""",
}
RECOMPUTED = {
    "it reads a double precision of the outer query, whose equal values may differ": """SELECT s.id,
        (SELECT max(o.id + s.v) FROM orders o) AS n FROM speeds s""",
    "a value of the outer query may make it raise an error": """SELECT o.id,
        (SELECT max(x.amount / o.id) FROM orders x) AS n FROM orders o""",
    "a nested SELECT in the ON of an outer join reads both of its sides": """SELECT o.id, c.id AS c
        FROM orders o LEFT JOIN customers c ON EXISTS (SELECT 1 FROM orders x
        WHERE x.customer = c.id AND x.note = o.note)""",
    "LIMIT in a set operation that refers to the outer query": """SELECT o.id, o.id IN
        ((SELECT c.id FROM customers c WHERE c.name = o.note ORDER BY c.id LIMIT 2)
        UNION SELECT 1) AS n FROM orders o""",
}


def _relations(sql: str) -> Iterator[Relation]:
    view = ViewDefinition("v", sql, Path("v.sql"), 1)
    return plan_view(view, SCHEMAS, ("id",) if "o.id" in sql else None, BUILT_IN).root.walk()


@pytest.mark.parametrize("shape", DELTAS)
def test_it_is_kept_by_deltas(shape: str) -> None:
    found = list(_relations(DELTAS[shape]))
    assert not [each.why for each in found if isinstance(each, Recompute)]
    assert not [each for each in found if isinstance(each, Domain)]


@pytest.mark.parametrize("why", RECOMPUTED)
def test_what_is_recomputed_says_why(why: str) -> None:
    found = [each.why for each in _relations(RECOMPUTED[why]) if isinstance(each, Recompute)]
    assert found == [f"nested SELECT: {why}"]


@pytest.mark.parametrize("word", ["AND", "OR"])
def test_a_chain_of_nested_selects_grows_with_its_length(word: str) -> None:
    terms = 30
    chain = f" {word} ".join(
        f"o.customer IN (SELECT c.id FROM customers c UNION SELECT x.id FROM orders x"
        f" WHERE x.id > o.customer + {term})"
        for term in range(terms)
    )
    relations = list(_relations(f"SELECT o.id FROM orders o WHERE {chain}"))
    assert len(relations) < 40 * terms
    paths: dict[int, int] = {}
    for relation in relations:  # inputs first
        paths[id(relation)] = 1 + sum(paths[id(each)] for each in relation.inputs)
    assert max(paths.values()) < 40 * terms, "an engine may visit each path"
