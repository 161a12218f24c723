-- Nested SELECTs in the ON of outer joins, each of one side.
-- kept: touched groups
-- key: id, b, c
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer, n integer);
CREATE TABLE c (id integer PRIMARY KEY, k integer, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, b.id AS b, c.id AS c FROM a
LEFT JOIN b ON a.k = b.k AND b.n IN (SELECT n FROM c WHERE c.id > 1)
           AND a.id > (SELECT min(x.n) FROM b x WHERE x.k = a.k)
FULL JOIN c ON c.k = b.id AND NOT EXISTS (SELECT 1 FROM a y WHERE y.id = c.n);

-- cut
INSERT INTO a VALUES (1, 1), (2, 1), (3, 2), (4, NULL);
INSERT INTO b VALUES (1, 1, 1), (2, 1, 2), (3, 2, 2), (4, NULL, 1);
INSERT INTO c VALUES (1, 1, 7), (2, 1, 2), (3, 3, 7), (4, NULL, 1);
-- rows
-- 1 | null | null
-- 2 | 1 | 1
-- 2 | 2 | null
-- 3 | 3 | 3
-- 4 | null | null
-- null | null | 2
-- null | null | 4

-- cut
UPDATE c SET n = NULL WHERE id = 2;
UPDATE a SET k = 1 WHERE id = 3;
-- rows
-- 1 | null | null
-- 2 | 1 | 1
-- 2 | 1 | 2
-- 3 | 1 | 1
-- 3 | 1 | 2
-- 4 | null | null
-- null | null | 3
-- null | null | 4

-- cut
DELETE FROM c WHERE id IN (3, 4);
UPDATE b SET n = 0 WHERE id = 1;
INSERT INTO c VALUES (7, 2, NULL), (8, 2, 9);
-- rows
-- 1 | null | null
-- 2 | null | null
-- 3 | null | null
-- 4 | null | null
-- null | null | 1
-- null | null | 2
-- null | null | 7
-- null | null | 8

-- cut
DELETE FROM a;
-- rows
-- null | null | 1
-- null | null | 2
-- null | null | 7
-- null | null | 8
