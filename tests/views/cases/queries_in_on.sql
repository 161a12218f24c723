-- EXISTS, NOT IN and a scalar in the ON of an inner join, of one side and of both.
-- kept: delta
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer, n integer);
CREATE TABLE c (id integer PRIMARY KEY, k integer, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, b.id AS other FROM a
JOIN b ON a.k = b.k AND EXISTS (SELECT 1 FROM c WHERE c.k = b.n)
      AND b.n >= (SELECT count(*) FROM c WHERE c.k = a.k AND c.n <= b.n)
      AND a.id NOT IN (SELECT c.n FROM c WHERE c.k = b.id);

-- cut
INSERT INTO a VALUES (1, 1), (2, 1), (3, 2), (4, NULL);
INSERT INTO b VALUES (1, 1, 1), (2, 1, 2), (3, 2, 5), (4, NULL, 1);
INSERT INTO c VALUES (1, 1, 1), (2, 1, 2), (3, 5, 5), (4, NULL, 1);
-- rows
-- 3 | 3

-- cut
UPDATE b SET n = 1 WHERE id = 2;
UPDATE c SET k = 2 WHERE id = 2;
-- rows
-- 1 | 2
-- 2 | 1
-- 3 | 3

-- cut
INSERT INTO c VALUES (5, 1, NULL), (6, 2, NULL);
UPDATE a SET k = 2 WHERE id = 4;
-- rows
-- 3 | 3
-- 4 | 3

-- cut
DELETE FROM c;
-- rows
