"""An expression that PostgreSQL does not evaluate stops no view: a scalar subquery that no row
reads, a branch of CASE, a filtered row, rows inserted and deleted in one transaction."""

from pathlib import Path

import psycopg

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.view import ViewDefinition
from tests.views.answers import Mirror, difference, engine_rows, postgres_rows
from tests.views.source import Source

VIEWS = [
    "SELECT id FROM b WHERE price > (SELECT sum(price) / count(*) FROM b)",
    "SELECT id, (SELECT sum(price) / count(*) FROM b) AS mean FROM b",
    "SELECT id, (SELECT 12 / count(*) FROM b i WHERE i.g = b.g) AS share FROM b",
    "SELECT id, CASE WHEN v > 3 THEN (SELECT 1 / count(*) FROM b WHERE id < 0) ELSE 0 END AS w"
    " FROM t WHERE v < 3",
    "SELECT id, CASE WHEN EXISTS (SELECT 1 FROM b WHERE b.g = t.g)"
    " THEN (SELECT 12 / count(*) FROM b WHERE b.g = t.g) END AS share FROM t",
    "SELECT id, CASE WHEN v <> 0 THEN 10 / v END AS tenth FROM t",
    "SELECT id, 10 / v AS tenth FROM t WHERE v <> 0",
    "SELECT id, x::int AS n FROM t WHERE x ~ '^[0-9]+$'",
    "SELECT g, sum(10 / v) FILTER (WHERE v <> 0) AS tenths FROM t GROUP BY g",
    "SELECT g, count(10 / v) FILTER (WHERE v <> 0) AS n,"
    " count(DISTINCT 10 / v) FILTER (WHERE v <> 0) AS m,"
    " bool_or(10 / v > 1) FILTER (WHERE v <> 0) AS b FROM t GROUP BY g",
    "SELECT g, string_agg(x, ',' ORDER BY 10 / v, id) FILTER (WHERE v <> 0) AS xs,"
    " array_agg(DISTINCT 10 / v ORDER BY 10 / v) FILTER (WHERE v <> 0) AS tenths,"
    " percentile_disc(0.5) WITHIN GROUP (ORDER BY 10 / v) FILTER (WHERE v <> 0) AS half,"
    " corr(10 / v, id) FILTER (WHERE v <> 0) AS c, stddev(10 / v) FILTER (WHERE v <> 0) AS s,"
    " max(sqrt((v - 1)::float8)) FILTER (WHERE v > 0) AS root FROM t GROUP BY g",
    "SELECT id, count(10 / v) FILTER (WHERE v <> 0) OVER w AS n,"
    " array_agg(10 / v) FILTER (WHERE v <> 0) OVER w AS tenths,"
    " sum(1.5::float8 / v) FILTER (WHERE v <> 0) OVER w AS s"
    " FROM t WINDOW w AS (PARTITION BY g ORDER BY id)",
    "SELECT g, 10 / sum(v) AS tenth FROM t GROUP BY g HAVING sum(v) <> 0",
    "SELECT id FROM t WHERE v = 0 OR 10 / v > 2",
    "SELECT id FROM t WHERE v <> 0 AND 10 / v > 2",
    "SELECT id FROM t WHERE 10 / v > 2 AND v <> 0",
    "SELECT id, v = 0 OR 10 / v > 2 AS a, v <> 0 AND 10 / v > 2 AS b,"
    " NOT (v = 0 OR 10 / v > 2) AS c,"
    " id IN (id, 10 / v) AS d, v = 0 OR 10 / v > 2 OR 10 / v < 0 AS e,"
    " (v <> 0 AND 10 / v > 2 OR v = 0) AND (v = 0 OR 10 / v < 9) AS f,"
    " CASE WHEN v <> 0 AND 10 / v > 2 THEN 10 / v ELSE coalesce(v, 10 / v) END AS h,"
    " coalesce(nullif(v, 0), g, 10 / v) AS i FROM t",
    "SELECT id FROM t WHERE x ~ '^[0-9]+$' AND x::int > 3 AND id > 0",
    "SELECT id FROM t WHERE v = 0 OR (x ~ '^[0-9]+$' AND x::int > 3)",
    "SELECT g, count(*) FILTER (WHERE v <> 0 AND 10 / v > 2) AS n,"
    " sum(v) FILTER (WHERE v = 0 OR 10 / v > 2) AS m FROM t GROUP BY g",
    "SELECT g FROM t GROUP BY g HAVING sum(v) = 0 OR 10 / sum(v) > 2",
    "SELECT t.id, b.id AS other FROM t JOIN b ON t.g = b.g AND t.v <> 0 AND b.price / t.v > 1",
    "SELECT t.id, b.id AS other FROM t JOIN b ON t.g = b.g AND t.v <> 0 AND 10 / t.v > 1",
    "SELECT t.id, b.id AS other FROM t LEFT JOIN b ON t.g = b.g AND t.v <> 0 AND b.price / t.v > 1",
    "SELECT t.id, b.id AS other FROM t LEFT JOIN b ON t.g = b.g AND t.v <> 0 AND 10 / t.v > 1",
    "SELECT t.id, b.id AS other FROM b FULL JOIN t ON t.g = b.g WHERE t.v <> 0 AND 10 / t.v > 1",
    "SELECT t.id, b.id AS other FROM t LEFT JOIN b ON b.price > 10 / t.v WHERE t.v <> 0",
    "SELECT t.id, b.id AS other FROM t LEFT JOIN b ON b.id = 10 / t.v WHERE t.v <> 0",
    "SELECT b.id, t.id AS other FROM b LEFT JOIN t ON b.id = 10 / t.v AND t.v <> 0",
    "SELECT t.id, b.id AS other FROM t, b WHERE t.v <> 0 AND b.price > 10 / t.v",
    "SELECT t.id, b.id AS other FROM b, t WHERE t.v <> 0 AND b.id = 10 / t.v",
    "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM b WHERE b.id = 10 / t.v) AND v <> 0",
    "SELECT id FROM t WHERE v <> 0 AND 10 / v IN (SELECT id FROM b)",
    "SELECT id FROM t WHERE v <> 0 AND 10 / v NOT IN (SELECT id FROM b)",
    "SELECT id FROM t WHERE v <> 0 AND (id = 1 OR 10 / v IN (SELECT id FROM b))",
    "SELECT id FROM t WHERE EXISTS (SELECT 10 / t.v FROM b)",
    "SELECT id FROM b WHERE EXISTS (SELECT 1 FROM t WHERE t.g = b.g AND t.v <> 0 AND 10 / t.v > 1)",
    "SELECT id FROM t WHERE v <> 0 AND (SELECT max(b.price / t.v) FROM b) > 1",
    "SELECT * FROM (SELECT g, sum(10 / v) AS s FROM t GROUP BY g) q WHERE g <> 1",
    "SELECT * FROM (SELECT g, sum(10 / v) AS s FROM t WHERE v <> 0 GROUP BY g) q WHERE s > 1",
    "SELECT * FROM (SELECT id, g, v, 10 / v AS s FROM t) q WHERE v <> 0",
    "SELECT id, n FROM (SELECT id, g, sum(10 / v) OVER (PARTITION BY g) AS n FROM t) q"
    " WHERE g <> 1",
    "SELECT * FROM (SELECT DISTINCT g, 10 / v AS s FROM t) q WHERE g <> 1",
    "SELECT * FROM (SELECT g, 10 / v AS s FROM t UNION SELECT g, 10 / v FROM t) q WHERE g <> 1",
    "SELECT * FROM (SELECT DISTINCT ON (g) g, 10 / v AS s FROM t ORDER BY g, id) q WHERE g <> 1",
    "SELECT t.id, q.s FROM t, LATERAL (SELECT sum(b.price / t.v) AS s FROM b WHERE b.g = t.g) q"
    " WHERE t.v <> 0",
    "SELECT t.id, q.s FROM t, LATERAL (SELECT 10 / t.v AS s) q WHERE t.v <> 0",
    "SELECT t.id, q.s FROM t, generate_series(1, 10 / t.v) AS q(s) WHERE t.v <> 0",
    "SELECT id, sum(v) OVER (PARTITION BY g) AS s, v <> 0 AND 10 / v > 2 AS b FROM t WHERE v <> 0",
    "SELECT id FROM (SELECT id, 10 / v AS unused FROM t) q",
    "SELECT g FROM (SELECT g, sum(10 / v) AS unused FROM t GROUP BY g) q",
]
CUTS = [
    "INSERT INTO t VALUES (1, 1, 0, 'a'), (2, 1, 5, '7'), (3, 2, 1, '9')",
    "INSERT INTO b VALUES (1, 10, 1), (2, 3, 2), (3, 4, 2)",
    "DELETE FROM b WHERE g = 2; UPDATE t SET v = 0 WHERE id = 2",
    "DELETE FROM b",
    "INSERT INTO b VALUES (5, 2, 2); UPDATE t SET v = 2, x = 'b' WHERE id = 1",
]


def test_what_is_not_asked_for_is_no_error(postgres_dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, g int, v int, x text)")
        connection.execute("CREATE TABLE b (id int PRIMARY KEY, price numeric(10,2), g int)")
        source = Source(connection, ["t", "b"])
        engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
        try:
            names = {f"v{number}": sql for number, sql in enumerate(VIEWS)}
            for name, sql in names.items():
                definition = ViewDefinition(name, sql, Path("v.sql"), 1)
                engine.declare(definition, source.feed.schemas, key=None, generation=1)
            mirrors = {name: Mirror(engine, name) for name in names}
            for cut in CUTS:
                connection.execute(cut.encode())
                assert not engine.apply(source.batch()).failures, cut
                for name, sql in names.items():
                    expected = postgres_rows(connection, sql)
                    assert not (d := difference(expected, engine_rows(engine, name))), (sql, d)
                    mirrors[name].follow()
                    assert not (d := difference(expected, mirrors[name].counted())), (sql, d)
        finally:
            engine.close()
