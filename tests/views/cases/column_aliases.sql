-- `AS name (column, …)` of a table, a query of WITH, a query in FROM with two columns of one name.
-- key: x, u
CREATE TABLE a (id integer PRIMARY KEY, k integer, t text);
CREATE TABLE b (id integer PRIMARY KEY, k integer);
CREATE MATERIALIZED VIEW v AS
WITH w (n, m) AS (SELECT k, count(*) FROM b GROUP BY k)
SELECT q.x, q.y, g.u, g.m, e.i
FROM a AS q (x, y) LEFT JOIN w AS g (u) ON g.u = q.y
LEFT JOIN (SELECT a.id, b.id, a.t FROM a JOIN b ON a.id = b.id) AS e (i, h) ON e.h = q.x
WHERE q.t <> 'no';

-- cut
INSERT INTO a VALUES (1, 1, 'yes'), (2, 2, 'no'), (3, 1, 'yes');
INSERT INTO b VALUES (1, 1), (2, 1), (3, 5);
-- rows
-- 1 | 1 | 1 | 2 | 1
-- 3 | 1 | 1 | 2 | 3

-- cut
UPDATE a SET t = 'yes' WHERE id = 2;
UPDATE b SET k = 2 WHERE id = 3;
-- rows
-- 1 | 1 | 1 | 2 | 1
-- 2 | 2 | 2 | 1 | 2
-- 3 | 1 | 1 | 2 | 3

-- cut
DELETE FROM b WHERE k = 1;
DELETE FROM a WHERE id = 1;
-- rows
-- 2 | 2 | 2 | 1 | null
-- 3 | 1 | null | null | 3
