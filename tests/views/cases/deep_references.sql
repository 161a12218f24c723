-- References two and three levels out, from lists, conditions, queries in FROM and of WITH.
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT a.id,
       (SELECT count(*) FROM b WHERE b.k = a.k AND b.id > (SELECT min(x.id) FROM b x WHERE x.k = a.k)) AS behind,
       (SELECT max(b.n + a.k) FROM b WHERE b.n < a.id) AS moved,
       (WITH w AS (SELECT n FROM b WHERE b.k = a.k) SELECT sum(one.n) FROM w one, w two) AS pairs,
       (SELECT b.n FROM b LEFT JOIN a y ON y.id = a.k AND y.k = b.k WHERE b.id = a.id ORDER BY y.id LIMIT 1) AS n
FROM a
WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND NOT EXISTS (
    SELECT 1 FROM b y WHERE y.k = b.k AND y.n IN (SELECT z.n FROM b z WHERE z.id <> a.id AND z.k = b.k)));

-- cut
INSERT INTO a VALUES (1, 1), (2, 1), (3, 2), (4, NULL), (5, NULL);
INSERT INTO b VALUES (1, 1, 1), (2, 1, 2), (3, 2, 2), (4, NULL, 1);
-- rows
-- 1 | 1 | null | 6 | 1
-- 2 | 1 | 2 | 6 | 2
-- 4 | 0 | null | null | 1
-- 5 | 0 | null | null | null

-- cut
INSERT INTO b VALUES (5, 2, 2), (6, 1, NULL);
UPDATE a SET k = 2 WHERE id IN (2, 5);
-- rows
-- 1 | 2 | null | 9 | 1
-- 2 | 1 | 3 | 8 | 2
-- 3 | 1 | 4 | 8 | 2
-- 4 | 0 | null | null | 1
-- 5 | 1 | 4 | 8 | 2

-- cut
UPDATE b SET k = NULL WHERE id = 3;
DELETE FROM b WHERE id = 1;
UPDATE a SET k = NULL WHERE id = 1;
-- rows
-- 1 | 0 | null | null | null
-- 2 | 0 | 3 | 2 | 2
-- 3 | 0 | 4 | 2 | 2
-- 4 | 0 | null | null | 1

-- cut
DELETE FROM b;
INSERT INTO a VALUES (6, 1), (7, 1);
-- rows
-- 1 | 0 | null | null | null
-- 2 | 0 | null | null | null
-- 3 | 0 | null | null | null
-- 4 | 0 | null | null | null
-- 5 | 0 | null | null | null
-- 6 | 0 | null | null | null
-- 7 | 0 | null | null | null
