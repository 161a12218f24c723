-- Joins in parentheses and nested ones, with and without an alias; an alias hides what is in it.
-- key: id, bid, u
CREATE TABLE a (id integer PRIMARY KEY, k integer, x text);
CREATE TABLE b (id integer PRIMARY KEY, k integer);
CREATE TABLE c (id integer PRIMARY KEY, k integer, z text);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, b.id AS bid, j.u, j.z
FROM a LEFT JOIN b JOIN c ON b.k = c.id ON a.k = b.k
LEFT JOIN (c AS e JOIN (b AS g JOIN a AS f USING (id)) ON e.k = f.id) AS j (u, v, z) ON j.u = a.id;

-- cut
INSERT INTO a VALUES (1, 1, 'p'), (2, 2, 'q'), (3, NULL, 'r');
INSERT INTO b VALUES (1, 1), (2, 7);
INSERT INTO c VALUES (1, 1, 'c1'), (2, 2, 'c2'), (3, 3, 'c3');
-- rows
-- 1 | 1 | 1 | c1
-- 2 | null | 2 | c2
-- 3 | null | null | null

-- cut
UPDATE b SET k = 2 WHERE id = 2;
INSERT INTO b VALUES (3, 2);
UPDATE c SET k = 3 WHERE id = 1;
-- rows
-- 1 | 1 | 1 | c1
-- 2 | 2 | 2 | c2
-- 2 | 3 | 2 | c2
-- 3 | null | 3 | c3

-- cut
DELETE FROM c WHERE id = 2;
DELETE FROM a WHERE id = 3;
-- rows
-- 1 | 1 | null | null
-- 2 | null | null | null

-- cut
DELETE FROM a;
-- rows
