"""Expressions that are large for DuckDB are worked out by the row engine: each is PostgreSQL's at
every cut, and planned to cost a batch little."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.sql.relations.by_rows import Computed
from materializers.view import ViewDefinition
from tests.views.answers import Mirror, difference, engine_rows, postgres_rows
from tests.views.source import Source

_CASES = " ".join(f"WHEN {i} THEN {i * 3}" for i in range(500))
_BRANCHES = "".join(f"CASE WHEN a = {i} THEN n * {i} ELSE " for i in range(200))
LARGE = {
    "sum": "SELECT id, " + " + ".join(["a", "b"] * 500) + " AS v FROM t",
    "sum of numerics": "SELECT id, " + " + ".join(["n", "a"] * 500) + " AS v FROM t",
    "sum of floats": "SELECT id, " + " + ".join(["d"] * 30) + " AS v FROM t",
    "quotients": "SELECT id, n / (a + 1) / (b + 2) / n / 3 AS v FROM t WHERE n <> 0",
    "remainders": "SELECT id, "
    + " % ".join(["b", *(str(i) for i in range(97, 77, -1))])
    + " FROM t",
    "texts": "SELECT id, " + " || ".join(["t", "t"] * 100) + " AS v FROM t",
    "capitals": f"SELECT id, {'upper(' * 6}t{')' * 6} AS v FROM t",
    "parentheses": "SELECT id, " + "(" * 500 + "a" + " + 1)" * 500 + " AS v FROM t",
    "branches": f"SELECT id, CASE a {_CASES} END AS v FROM t",
    "nested branches": f"SELECT id, {_BRANCHES}0{' END' * 200} AS v FROM t",
    "or": "SELECT id, t FROM t WHERE "
    + " OR ".join(f"(a = {i} AND b > {i % 7})" for i in range(400)),
    "and": "SELECT id, t FROM t WHERE b > 1 AND "
    + " AND ".join(f"(a <> {i} OR n > {i})" for i in range(400)),
    "aggregate": "SELECT b, sum(" + " + ".join(["n"] * 300) + ") AS v FROM t GROUP BY b",
    "window": "SELECT id, sum(" + " + ".join(["a"] * 300) + ") OVER (PARTITION BY b) AS v FROM t",
    "join": "SELECT t.id, u.w FROM t JOIN u ON u.id = " + " + ".join(["a", "0"] * 150),
    "having": "SELECT b, count(*) AS v FROM t GROUP BY b HAVING "
    + " OR ".join(f"(count(*) = {i} AND min(a) < {i})" for i in range(400)),
}
SMALL = {
    "list": f"SELECT id, t FROM t WHERE a IN ({', '.join(str(i * 7) for i in range(5000))})",
    "outer join": "SELECT t.id, u.w FROM t LEFT JOIN u ON u.id = t.a AND ("
    + " OR ".join(f"(t.b = {i} AND u.w > 'a{i}')" for i in range(300))
    + ")",
    "sum": "SELECT id, " + " + ".join(["a"] * 100) + " AS v FROM t",
    "quotient": "SELECT id, n / (a + 1) AS v FROM t",
}
CUTS = (
    "INSERT INTO t SELECT i, i * 7 % 50, i % 4, i / 7.0, i / 3.0, 'aß' || i"
    " FROM generate_series(1, 40) i;"
    "INSERT INTO u SELECT i, 'a' || i FROM generate_series(1, 99) i",
    "UPDATE t SET a = a + 1, n = n - 1, d = NULL WHERE id % 3 = 0; DELETE FROM t WHERE id < 4",
    "UPDATE t SET n = NULL, b = b + 1, t = NULL WHERE id % 5 = 0; DELETE FROM u WHERE id % 2 = 0",
)


def _moved(engine: DuckDBEngine) -> bool:
    relation = engine.views["v"].plan.relation
    return any(isinstance(each, Computed) for each in relation.walk())


@pytest.mark.parametrize(
    ("sql", "is_moved"),
    [(sql, True) for sql in LARGE.values()] + [(sql, False) for sql in SMALL.values()],
    ids=[*(f"large {name}" for name in LARGE), *(f"small {name}" for name in SMALL)],
)
def test_it_is_postgresqls(sql: str, is_moved: bool, postgres_dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, n numeric(12,2),"
            " d double precision, t text); CREATE TABLE u (id int PRIMARY KEY, w text NOT NULL)"
        )
        source = Source(connection, ["t", "u"])
        engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
        engine.store.checks_nulls = True
        try:
            view = ViewDefinition("v", sql, Path("v.sql"), 1)
            engine.declare(view, source.feed.schemas, key=None, generation=1)
            assert _moved(engine) is is_moved
            mirror = Mirror(engine, "v")
            for cut in CUTS:
                connection.execute(cut)
                assert not engine.apply(source.batch()).failures
                found = engine_rows(engine, "v")
                assert not (d := difference(postgres_rows(connection, sql), found)), d
                mirror.follow()
                assert not (d := difference(found, mirror.counted())), d
        finally:
            engine.close()
