"""Views maintained over random changes equal their recomputation."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from materializers.engines.rows.relations.evaluated import evaluation
from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import plan_view
from materializers.sql.relations.same import Recompute
from materializers.view import ViewDefinition
from tests.views.feed import table_schema
from tests.views.moved_rows import MovedRows

FILE = Path(__file__).with_name("maintained_views.sql")
VIEWS = [line for line in FILE.read_text().splitlines() if line[:2] != "--"]
BATCHES = 60
CHANGES_MAX = 8
IDS_MAX = 7

A = [("id", "integer"), ("k", "integer"), ("x", "integer"), ("n", "numeric"), ("s", "text")]
B = [("id", "integer"), ("k", "integer"), ("y", "integer"), ("s", "text")]
SCHEMAS = {"public.a": table_schema("public.a", A, ["id"])}
SCHEMAS["public.b"] = table_schema("public.b", B, ["id"])
NUMBERS = (None, *map(Decimal, ("0", "1", "1.0", "1.00", "2.5", "-3.25", "NaN")))

State = dict[str, dict[int, dict[str, Any]]]
"""By table and id the rows, by column the values."""


def _value(random: Random, kind: str) -> Any:
    if kind == "numeric":
        return random.choice(NUMBERS)
    return random.choice((None, "", "p", "q") if kind == "text" else (None, 0, 1, 2, 3))


def _change(random: Random, tables: State) -> None:
    """Insert, change or delete a row; often one that changed before in the batch."""
    table = random.choice(list(tables))
    number = random.randint(1, IDS_MAX)
    if random.random() < 0.3:
        tables[table].pop(number, None)
        return
    columns = SCHEMAS[table].columns
    row = {c.name: _value(random, c.type_name) for c in columns} | {"id": number}
    before = tables[table].get(number)
    if before is not None and random.random() < 0.5:  # one column alone
        name = random.choice(columns).name
        row = before | {name: row[name]}
    tables[table][number] = row


@pytest.mark.parametrize("sql", VIEWS)
def test_changes_lead_where_working_out_leads(sql: str) -> None:
    plan = plan_view(ViewDefinition("v", sql, FILE, 1), SCHEMAS, None, BUILT_IN)
    kept, evaluate = MovedRows(plan, SCHEMAS), evaluation(plan.root)
    write = RowBytes([column.type for column in plan.root.columns]).write
    random = Random(sql)
    tables: State = {name: {} for name in SCHEMAS}
    for batch in range(BATCHES):
        for _ in range(random.randint(0, CHANGES_MAX) if batch else 0):
            _change(random, tables)
        if batch % 20 == 19:
            tables["public.a"].clear()
        now = {name: list(rows.values()) for name, rows in tables.items()}
        expected, found = evaluate(now), kept.rows(now)
        assert Counter(map(write, found)) == Counter(map(write, expected)), (
            f"batch {batch}: {sorted(map(repr, found))} and not {sorted(map(repr, expected))}"
        )


@pytest.mark.parametrize("sql", VIEWS)
def test_a_view_that_comes_later_is_as_if_it_had_been_there(sql: str) -> None:
    """What it is made of is kept before, as it is where another view reads the same."""
    plan = plan_view(ViewDefinition("v", sql, FILE, 1), SCHEMAS, None, BUILT_IN)
    parts = [each for each in plan.root.walk() if not isinstance(each, Recompute)]
    evaluate, random = evaluation(plan.root), Random(sql)
    for early in random.sample(parts, min(3, len(parts))):
        kept = MovedRows(plan, SCHEMAS, early)
        tables: State = {name: {} for name in SCHEMAS}
        for batch in range(8):
            for _ in range(CHANGES_MAX):
                _change(random, tables)
            now = {name: list(rows.values()) for name, rows in tables.items()}
            found = kept.rows(now)
            if batch == 3:
                kept.build()
            elif batch > 3:
                expected = Counter(map(repr, evaluate(now)))
                assert Counter(map(repr, found)) == expected, f"{type(early)}, at {batch}"


def test_what_a_group_shows_is_of_a_row_that_is_there() -> None:
    sql = "SELECT n, count(*) AS c, max(id) AS m FROM a GROUP BY n"
    plan = plan_view(ViewDefinition("v", sql, FILE, 1), SCHEMAS, None, BUILT_IN)
    kept, random = MovedRows(plan, SCHEMAS), Random(1)
    tables: State = {name: {} for name in SCHEMAS}
    for _ in range(BATCHES):
        for _ in range(4):
            _change(random, tables)
        shown = {str(row["n"]) for row in tables["public.a"].values()}
        found = kept.rows({name: list(rows.values()) for name, rows in tables.items()})
        assert {str(row[0]) for row in found} <= shown
