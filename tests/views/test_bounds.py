"""What does not fit stops the view that holds it, alone and in words; nothing wraps or rounds."""

from pathlib import Path

import psycopg
import pytest

from materializers.engine import Engine
from materializers.view import ViewDefinition
from tests.views.source import Source

ROWS = "SELECT i, repeat('9', 37)::numeric, 100000000 * (i % 2), NULL"
CASES = [
    ("sum(n)", "Overflow in HUGEINT addition"),
    ("variance(b)", "a variance of 1e14 or more: cast to double precision"),
    ("jsonb_object_agg(k, id)", "field name must not be null"),
]


@pytest.mark.parametrize(("call", "message"), CASES, ids=[call for call, _ in CASES])
def test_a_value_out_of_bounds_stops_its_view(
    call: str, message: str, postgres_dsn: str, tmp_path: Path
) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, n numeric(38,0), b bigint, k text)")
        source = Source(connection, ["t"])
        engine = Engine.open(tmp_path / "state.duckdb", threads=1)
        try:
            for name, value in (("v", call), ("other", "count(*)")):
                definition = ViewDefinition(name, f"SELECT {value} FROM t", Path("v.sql"), 1)
                engine.declare(definition, source.feed.schemas, key=(), generation=1)
            engine.apply(source.batch())
            connection.execute(f"INSERT INTO t {ROWS} FROM generate_series(1, 20) i")
            failures = engine.apply(source.batch()).failures
        finally:
            engine.close()
    assert failures.keys() == {"v"}
    assert message in failures["v"]
