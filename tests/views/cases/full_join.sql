-- A full join: either side may be missing.
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer);
CREATE MATERIALIZED VIEW v AS
SELECT a.id AS a, b.id AS b, coalesce(a.k, b.k) AS k FROM a FULL JOIN b ON a.k = b.k;

-- cut
INSERT INTO a VALUES (1, 1), (2, NULL), (3, 3);
INSERT INTO b VALUES (10, 1), (11, NULL), (12, 4);
-- rows
-- 1 | 10 | 1
-- 2 | null | null
-- 3 | null | 3
-- null | 11 | null
-- null | 12 | 4

-- cut
UPDATE a SET k = 4 WHERE id = 3;
DELETE FROM b WHERE id = 10;
-- rows
-- 1 | null | 1
-- 2 | null | null
-- 3 | 12 | 4
-- null | 11 | null

-- cut
UPDATE b SET k = 1 WHERE id = 11;
DELETE FROM a WHERE id = 2;
-- rows
-- 1 | 11 | 1
-- 3 | 12 | 4
