-- Joins of every kind nested in each other: USING below RIGHT and FULL JOIN, NATURAL between
-- parentheses, aliases that rename what is in them, LIMIT inside, above groups named by position.
-- key: g0, g1
-- kept: touched groups
CREATE TABLE r (id integer PRIMARY KEY, k integer, j integer, n numeric(8, 2));
CREATE TABLE s (id bigint PRIMARY KEY, k smallint, j integer);
CREATE TABLE t (k integer PRIMARY KEY, w text);
CREATE MATERIALIZED VIEW v AS
SELECT k AS g0, p.a AS g1, count(*) AS rows, sum(r.n) AS total, count(w) AS ws
FROM (r LEFT JOIN (SELECT id, j FROM s ORDER BY id LIMIT 3) AS few USING (id))
RIGHT JOIN ((s FULL JOIN t USING (k)) NATURAL JOIN (VALUES (1, 10), (2, 20), (3, 30)) AS c (k, m)) USING (k)
LEFT JOIN (r AS x JOIN s AS y USING (id)) AS p (a, b, c1, c2, c3, c4) ON p.b = m / 10
GROUP BY 1, 2;

-- cut
INSERT INTO r VALUES (1, 1, 1, 1.50), (2, 1, NULL, 2), (3, 4, 3, 3), (4, 3, 1, NULL);
INSERT INTO s VALUES (1, 1, 1), (2, 2, 5), (3, 3, NULL), (4, NULL, 1);
INSERT INTO t VALUES (1, 'one'), (3, 'three'), (4, 'four');
-- rows
-- 1 | 1 | 2 | 3.50 | 2
-- 1 | 2 | 2 | 3.50 | 2
-- 2 | null | 1 | null | 0
-- 3 | 4 | 1 | null | 1

-- cut
UPDATE s SET k = 3 WHERE id = 1;
UPDATE r SET k = 2 WHERE id = 2;
DELETE FROM t WHERE k = 1;
-- rows
-- 2 | 2 | 1 | 2.00 | 0
-- 3 | 4 | 2 | null | 2

-- cut
UPDATE s SET id = 9 WHERE id = 1;
INSERT INTO t VALUES (2, 'two');
-- rows
-- 2 | 2 | 1 | 2.00 | 1
-- 3 | 4 | 2 | null | 2

-- cut
DELETE FROM r;
DELETE FROM s;
-- rows
-- 2 | null | 1 | null | 1
-- 3 | null | 1 | null | 1
