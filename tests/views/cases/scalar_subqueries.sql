-- Scalar subqueries: by key, aggregated, first of an order, uncorrelated, in HAVING.
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer, n integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, (SELECT n FROM b WHERE b.id = a.k) AS by_key,
       (SELECT count(*) FROM b WHERE b.k = a.k) AS number,
       (SELECT coalesce(sum(n), 0) + a.n FROM b WHERE b.k = a.k AND b.n > 0) AS total,
       (SELECT b.id FROM b WHERE b.k = a.k ORDER BY id DESC LIMIT 1) AS last,
       (SELECT max(n) FROM b) AS top,
       (SELECT n FROM b WHERE b.k = a.k AND b.n = 7) AS seven
FROM a WHERE a.n > (SELECT avg(n) - 100 FROM b) OR a.n IS NULL;

-- cut
INSERT INTO a VALUES (1, 1, 10), (2, 2, NULL), (3, NULL, 5);
-- rows
-- 2 | null | 0 | null | null | null | null

-- cut
INSERT INTO b VALUES (1, 1, 5), (2, 1, 7), (3, 1, NULL);
-- rows
-- 1 | 5 | 3 | 22 | 3 | 7 | 7
-- 2 | 7 | 0 | null | null | 7 | null
-- 3 | null | 0 | 5 | null | 7 | null

-- cut
UPDATE b SET n = -5 WHERE id = 2;
UPDATE b SET k = 2 WHERE id = 3;
-- rows
-- 1 | 5 | 2 | 15 | 2 | 5 | null
-- 2 | -5 | 1 | null | 3 | 5 | null
-- 3 | null | 0 | 5 | null | 5 | null

-- cut
INSERT INTO b VALUES (4, 9, 500);
-- rows
-- 2 | -5 | 1 | null | 3 | 500 | null

-- cut
DELETE FROM b;
-- rows
-- 2 | null | 0 | null | null | null | null
