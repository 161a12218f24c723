"""A large CASE, which the row engine computes, gives a column's values of any type as a small one
does, which DuckDB computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from tests.contracts.recomputed import shown_rows
from tests.unit.shop import declare
from tests.views.feed import Feed, table_schema

VALUES: dict[str, Any] = {
    "bit varying": "101",
    "inet": "10.0.0.1/8",
    "xml": "<a/>",
    "int4range": "[1,5)",
    "uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "bytea": "AQL/",
    "box": "(2,2),(1,1)",
    "time with time zone": "01:02:03+00",
    "time without time zone": "01:02:03.000004",
    "timestamp with time zone": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "json": '{"a" : [1,  2]}',
    "jsonb": '{"a": [1, 2.50]}',
    "interval": "P1Y2M3DT4H5M6.7S",
    "integer[]": [1, None, 3],
    "text[]": ["a", None, "b,c"],
    "public.vector": "[1,2]",
    "oid": 7,
    "real": 1.5,
}
SMALL, LARGE = 1, 400


@pytest.mark.parametrize("kind", VALUES)
def test_a_large_expression_may_be_of_any_type(kind: str, tmp_path: Path) -> None:
    answers = []
    for branches in (SMALL, LARGE):
        feed = Feed([table_schema("public.t", [("id", "integer"), ("x", kind)], ["id"])])
        engine = DuckDBEngine.open(tmp_path / f"{branches}.duckdb", threads=1)
        whens = " ".join(f"WHEN id = {i} AND id + {i} > {i} THEN x" for i in range(1, branches + 1))
        declare(engine, feed, "v", f"SELECT id, CASE {whens} END AS x FROM t")
        for number, value in ((1, VALUES[kind]), (2, None)):
            after = orjson.dumps({"id": number, "x": value})
            feed.raw("public.t", b'{"id":%d}' % number, b'{"after":%s,"op":"c"}' % after)
        assert not engine.apply(feed.batch()).failures
        answers.append(shown_rows(engine, "v"))
        is_by_rows = "row by row" in str(engine.explain("v"))
        assert is_by_rows == (branches == LARGE)
        engine.close()
    assert answers[0] == answers[1] and len(answers[0]) == 2
