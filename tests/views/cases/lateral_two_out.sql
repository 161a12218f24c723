-- LATERAL in LATERAL that reads the query two levels out.
-- kept: delta
-- key: id, b
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, y.b, y.c FROM a
LEFT JOIN LATERAL (
    SELECT b.id AS b, z.c FROM b,
    LATERAL (SELECT count(*) AS c FROM b x WHERE x.k = a.k AND x.n = b.n) z WHERE b.k = a.k
) y ON y.c > 1;

-- cut
INSERT INTO a VALUES (1, 1), (2, 1), (3, 2), (4, NULL);
INSERT INTO b VALUES (1, 1, 1), (2, 1, 1), (3, 2, 2), (4, NULL, 1), (5, 2, NULL);
-- rows
-- 1 | 1 | 2
-- 1 | 2 | 2
-- 2 | 1 | 2
-- 2 | 2 | 2
-- 3 | null | null
-- 4 | null | null

-- cut
UPDATE b SET n = 2 WHERE id = 5;
DELETE FROM b WHERE id = 2;
UPDATE a SET k = 2 WHERE id = 4;
-- rows
-- 1 | null | null
-- 2 | null | null
-- 3 | 3 | 2
-- 3 | 5 | 2
-- 4 | 3 | 2
-- 4 | 5 | 2

-- cut
UPDATE b SET k = 1;
-- rows
-- 1 | 1 | 2
-- 1 | 3 | 2
-- 1 | 4 | 2
-- 1 | 5 | 2
-- 2 | 1 | 2
-- 2 | 3 | 2
-- 2 | 4 | 2
-- 2 | 5 | 2
-- 3 | null | null
-- 4 | null | null

-- cut
DELETE FROM b;
-- rows
-- 1 | null | null
-- 2 | null | null
-- 3 | null | null
-- 4 | null | null
