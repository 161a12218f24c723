-- LATERAL with an aggregate over an inequality, and with DISTINCT ON by an equality and an inequality.
-- key: id, g
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer, low integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer, g text, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, s.rows, s.total, f.g, f.n
FROM a
LEFT JOIN LATERAL (SELECT count(*) AS rows, sum(b.n) AS total FROM b WHERE b.n > a.low) AS s ON true
LEFT JOIN LATERAL (SELECT DISTINCT ON (b.g) b.g, b.n FROM b WHERE b.k = a.k AND b.n >= a.low ORDER BY b.g, b.n DESC, b.id) AS f ON true;

-- cut
INSERT INTO a VALUES (1, 1, 0), (2, 1, 5), (3, 2, 100), (4, NULL, NULL);
INSERT INTO b VALUES (1, 1, 'x', 3), (2, 1, 'x', 9), (3, 1, 'y', 5), (4, 2, 'x', 7), (5, NULL, NULL, 1);
-- rows
-- 1 | 5 | 25 | x | 9
-- 1 | 5 | 25 | y | 5
-- 2 | 2 | 16 | x | 9
-- 2 | 2 | 16 | y | 5
-- 3 | 0 | null | null | null
-- 4 | 0 | null | null | null

-- cut
UPDATE b SET n = 1 WHERE id = 2;
UPDATE a SET low = 2 WHERE id = 3;
INSERT INTO b VALUES (6, 2, 'z', 200);
-- rows
-- 1 | 6 | 217 | x | 3
-- 1 | 6 | 217 | y | 5
-- 2 | 2 | 207 | y | 5
-- 3 | 4 | 215 | x | 7
-- 3 | 4 | 215 | z | 200
-- 4 | 0 | null | null | null

-- cut
DELETE FROM b WHERE id = 6;
DELETE FROM a WHERE id = 1;
UPDATE a SET k = 2, low = 0 WHERE id = 4;
-- rows
-- 2 | 1 | 7 | y | 5
-- 3 | 3 | 15 | x | 7
-- 4 | 5 | 17 | x | 7
