-- The groupings read one input: an optimizer of DuckDB 2.0 (common_subplan) took x2.id for x1.id.
-- kept: touched groups
CREATE TABLE s (id integer PRIMARY KEY, k integer, j integer, f float8);
CREATE TABLE t (id integer PRIMARY KEY, k integer);
CREATE MATERIALIZED VIEW v AS
SELECT coalesce(x1.id, -1) AS g, stddev(x2.f) AS spread, grouping(coalesce(x1.id, -1)) AS level
FROM (SELECT k AS id, count(*) AS j FROM t WHERE k IS NOT NULL GROUP BY k) x0
JOIN s x1 ON x0.j = x1.k RIGHT JOIN s x2 ON x1.k = x2.id AND x0.id = x2.j
GROUP BY CUBE(coalesce(x1.id, -1));
-- cut
INSERT INTO s VALUES (6, 1, 2, 0.5), (9, 2, NULL, 2.5), (13, 2, 1, 4.5);
INSERT INTO t VALUES (1, NULL);
-- rows
-- -1 | 2 | 0
-- null | 2 | 1

-- cut
INSERT INTO t VALUES (2, 3), (3, 3);
UPDATE s SET id = 2, j = 3 WHERE id = 13;
-- rows
-- -1 | 1.4142135623730951 | 0
-- 2 | null | 0
-- 9 | null | 0
-- null | 1.9148542155126762 | 1

-- cut
DELETE FROM t;
-- rows
-- -1 | 2 | 0
-- null | 2 | 1
