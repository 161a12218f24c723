"""`rederive explain`: a view's relations in PostgreSQL's words, each with how the engine maintains
it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.plan_lines import lines_of
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import plan_view
from materializers.sql.printing.algebra import AlgebraTree
from materializers.view import ViewDefinition
from tests.pages import fenced
from tests.unit.sharing_views import declare_all, fill
from tests.unit.shop import CUSTOMERS, ORDERS
from tests.views.feed import Feed

SCHEMAS = {table.table: table for table in (ORDERS, CUSTOMERS)}

TOP = """SELECT c.name, t.id, t.amount FROM customers c JOIN (
    SELECT *, row_number() OVER (PARTITION BY customer ORDER BY amount DESC, id) AS place
    FROM orders
  ) t ON t.customer = c.id WHERE t.place <= 3 AND t.note LIKE 'a%'"""
TOP_LINES = """\
view v: key id, not built yet

                                                                   maintained by        rows      MB
select c.name, orders.id, orders.amount                            deltas
join on orders.customer = c.id and t.place <= 3 and                deltas
│      orders.note like 'a%'
├─ scan customers as c [key id] name                               table
└─ window partition by orders.customer: t.place = row_number()     touched groups
       over (order by orders.amount desc, orders.id)
   scan orders [key id] customer, amount, note                     table"""

NESTED = """SELECT customer, sum(amount) AS total, count(DISTINCT note) AS notes,
    (SELECT name FROM customers c WHERE c.id = o.customer) AS name
  FROM orders o WHERE NOT EXISTS (SELECT 1 FROM customers WHERE name = o.note)
  GROUP BY customer HAVING sum(amount) > 10 * (SELECT avg(amount) FROM orders)"""
NESTED_LINES = """\
view v: key customer, not built yet

                                                                   maintained by        rows      MB
select o.customer, total, notes, c.name                            deltas
where total > 10 * avg(orders.amount)                              deltas
cross join                                                         deltas
├─ left join on o.customer = c.id                                  deltas
│  ├─ group by o.customer: total = sum(o.amount),                  deltas
│  │      notes = count(distinct o.note)
│  │      + distinct o.customer, o.note where o.note is not null   deltas
│  │  anti join on o.note = customers.name                         deltas
│  │  ├─ scan orders as o [key id] customer, amount, note          table
│  │  └─ distinct customers.name                                   deltas
│  │     scan customers [key id] name                              table
│  └─ scan customers as c [key id] name                            table
└─ aggregate avg(orders.amount)                                    deltas
   scan orders [key id] amount                                     table"""

RECURSIVE = """WITH RECURSIVE up (id, steps) AS (
    SELECT id, 0 FROM customers UNION ALL
    SELECT o.customer, up.steps + 1 FROM up JOIN orders o ON o.id = up.id WHERE up.steps < 9)
  SELECT id, max(steps) AS steps FROM up GROUP BY id UNION ALL SELECT -1, 0"""
RECURSIVE_LINES = """\
view v: key id, not built yet

                                                                   maintained by        rows      MB
select id, steps                                                   deltas
union all                                                          deltas
├─ group by id: steps = max(up.steps)                              deltas
│  recompute: recursive query                                      recomputing
│  recursive up: union all
│  ├─ compute up.steps = 0
│  │  scan customers [key id]
│  └─ compute up.steps = up.steps + 1
│     where up.steps < 9
│     join on o.id = id
│     ├─ working table of up
│     └─ scan orders as o [key id] customer
└─ compute id = -1, steps = 0                                      deltas
   one row                                                         deltas"""

SHARED_LINES = """\
view names: key id, 2 rows, 0.0 MB with its inputs

                                                                   maintained by        rows      MB
select c.id, c.name, total, n                                      deltas
left join on o_2.customer = c.id                                   deltas
├─ join on o.customer = c.id                                       deltas
│  ├─ scan customers as c [key id] name                            table                   2     0.0
│  └─ group by o.customer: total = sum(o.amount),                  deltas                  3     0.0
│         g.n = count(*)
│         shared with plain and shares
│     scan orders as o [key id] customer, amount                   table                   4     0.0
└─ group by o_2.customer: h.total = sum(o_2.amount),               deltas                  3     0.0
       n = count(*) (as above)
       shared with plain and shares"""


def _view(sql: str) -> ViewDefinition:
    return ViewDefinition("v", sql, Path("v.sql"), 1)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [(TOP, TOP_LINES), (NESTED, NESTED_LINES), (RECURSIVE, RECURSIVE_LINES)],
    ids=["top", "nested", "recursive"],
)
def test_a_plan_reads_like_this(engine: DuckDBEngine, sql: str, expected: str) -> None:
    key = ("id",) if "RECURSIVE" in sql else None
    lines = lines_of(engine.explain_definition(_view(sql), SCHEMAS, key=key))
    assert "\n".join(lines) == expected


def test_the_documents_show_it() -> None:
    assert f"{TOP_LINES}\n" in fenced("docs/sql.md", "text")
    assert f"{TOP}\n" in fenced("docs/sql.md", "sql")


def test_state_stands_beside_what_it_is_of(engine: DuckDBEngine, feed: Feed) -> None:
    declare_all(engine, feed)
    fill(feed)
    engine.apply(feed.batch())
    assert "\n".join(lines_of(engine.explain("names"))) == SHARED_LINES


def test_for_machines_there_are_columns_keys_and_tables(engine: DuckDBEngine) -> None:
    told = engine.explain_definition(_view("SELECT id, note FROM orders"), SCHEMAS, key=None)
    assert json.loads(json.dumps(told)) == told
    tree = told["tree"]
    assert (tree["relation"], tree["engine"]["upkeep"]) == ("select id, note", "delta")
    assert tree["columns"][0] == {"name": "id", "type": "integer", "nullable": False}
    assert tree["keys"] == [["id"]]
    (scan,) = tree["inputs"]
    assert scan["engine"]["state"] == [{"table": 'input."public.orders"', "shared_with": []}]


def _printed(expression: str) -> str:
    root = plan_view(
        _view(f"SELECT id, {expression} AS x FROM orders"), SCHEMAS, ("id",), BUILT_IN
    ).root
    tree: dict[str, Any] = AlgebraTree(root, ["id", "x"], lambda _: None).as_json()
    text: str = tree["relation"]
    return text.removeprefix("select id, x = ")


@pytest.mark.parametrize(
    "expression",
    [
        "(id + 1) * 2 - customer",
        "id - (customer - 1)",
        "not (id = 1 or id = 2) and note is not null",
        "id = 1 or id = 2 and customer > 3",
        "note || 'it''s'",
        "case when id = 1 then 'a' else note end",
        "id::text || note",
        "coalesce(note, 'none')",
        "id in (1, 2, 3)",
        "note not like 'a%'",
        "note ilike '%b'",
        "array[id, customer]",
        "(array[id, customer])[1]",
        "id = any (array[1, customer])",
        "-(id + 1)",
        "'2024-01-31'::date + id",
        "date_trunc('month', ('2024-01-31'::date + id)::timestamp with time zone)",
        "extract(year from '2024-01-31'::date + id)",
        "to_char('2024-01-31'::date + id, 'YYYY/MM')",
        "note is distinct from 'a'",
        "round(amount, 1)",
        "'{\"a\": 1}'::jsonb -> note",
        "note::jsonb #>> '{a,b}'",
    ],
)
def test_an_expression_is_printed_as_it_would_be_written(expression: str) -> None:
    assert _printed(expression) == expression.replace(
        "(array[id, customer])", "array[id, customer]"
    )
