-- A left join whose two equalities no row of the right side can meet at once.
-- key: key0, key1
CREATE TABLE s (id integer PRIMARY KEY, n numeric, k integer NOT NULL, j integer);
CREATE TABLE t (k bigint, j bigint,  id integer, PRIMARY KEY (id));
CREATE MATERIALIZED VIEW v0 AS
SELECT x0.id AS key0, x1.id AS key1, x0.n AS v0 FROM (SELECT k AS id, count(*) AS j, max(j) AS k, sum(n) AS n FROM s GROUP BY k) x0 LEFT JOIN t x1 ON x0.k = x1.k AND x0.k = x1.j;
-- cut
INSERT INTO s (n, k, j, id) VALUES (-20.25, 2, 2, 4);
INSERT INTO s (n, k, j, id) VALUES (-75.00, 2, 4, 1);
INSERT INTO t (k, j, id) VALUES (2, 3, 13);
-- rows
-- 2 | null | -95.25
-- cut
DELETE FROM s WHERE id = 1;
-- rows
-- 2 | null | -20.25
