-- A query in the FROM of a nested SELECT refers to the outer query.
-- kept: delta
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT id, (SELECT max(s) FROM (SELECT sum(n) AS s FROM b WHERE b.k = a.k GROUP BY b.id % 2) AS q) AS most
FROM a
WHERE EXISTS (SELECT 1 FROM (SELECT n FROM b WHERE b.id <> a.id) AS o WHERE o.n > 1);

-- cut
INSERT INTO a VALUES (1, 1), (2, NULL);
INSERT INTO b VALUES (1, 1, 2), (2, 1, 5), (3, 1, 4);
-- rows
-- 1 | 6
-- 2 | null

-- cut
DELETE FROM b WHERE id = 3;
UPDATE a SET k = 1 WHERE id = 2;
-- rows
-- 1 | 5
-- 2 | 5

-- cut
UPDATE b SET n = 1;
-- rows

-- cut
DELETE FROM b;
-- rows
