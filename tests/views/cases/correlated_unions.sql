-- Set operations that refer to the outer query, from each of their SELECTs.
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer, n integer);
CREATE TABLE c (id integer PRIMARY KEY, k integer, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, a.k IN (SELECT n FROM b WHERE b.k = a.k UNION SELECT n FROM c WHERE c.id > a.id) AS among,
       (SELECT count(*) FROM (SELECT n FROM b WHERE b.k = a.k EXCEPT SELECT n FROM c WHERE c.k = a.k) q) AS n,
       (SELECT n FROM b WHERE b.id = a.k INTERSECT SELECT n FROM c WHERE c.k = a.k) AS one
FROM a
WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k UNION ALL SELECT 2 FROM c WHERE c.id = a.id) OR a.k IS NULL;

-- cut
INSERT INTO a VALUES (1, 1), (2, 1), (3, 2), (4, NULL), (5, NULL), (6, 3);
INSERT INTO b VALUES (1, 1, 1), (2, 1, 2), (3, 2, 2), (4, NULL, 1);
INSERT INTO c VALUES (1, 1, 1), (2, 1, 2), (6, NULL, 1);
-- rows
-- 1 | true | 0 | 1
-- 2 | true | 0 | 1
-- 3 | true | 1 | null
-- 4 | null | 0 | null
-- 5 | null | 0 | null
-- 6 | false | 0 | null

-- cut
DELETE FROM c WHERE id = 6;
INSERT INTO c VALUES (3, 2, 2), (4, 1, 1), (7, 3, NULL);
UPDATE a SET k = 3 WHERE id = 4;
-- rows
-- 1 | true | 0 | 1
-- 2 | true | 0 | 1
-- 3 | true | 0 | 2
-- 4 | null | 0 | null
-- 5 | null | 0 | null

-- cut
UPDATE b SET k = 3 WHERE k = 1;
UPDATE a SET k = NULL WHERE id = 1;
-- rows
-- 1 | null | 0 | null
-- 2 | true | 0 | 1
-- 3 | true | 0 | 2
-- 4 | null | 2 | null
-- 5 | null | 0 | null
-- 6 | null | 2 | null

-- cut
DELETE FROM b;
DELETE FROM c;
-- rows
-- 1 | false | 0 | null
-- 5 | false | 0 | null
