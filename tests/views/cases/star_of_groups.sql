-- `*` above GROUP BY: the columns of a table whose primary key is grouped by.
-- kept: delta
CREATE TABLE a (id integer PRIMARY KEY, k integer, x text);
CREATE TABLE b (id integer PRIMARY KEY, k integer, n numeric(8, 2));
CREATE MATERIALIZED VIEW v AS
SELECT a.*, count(b.id) AS bs, sum(n) AS s FROM a LEFT JOIN b USING (k) GROUP BY a.id;

-- cut
INSERT INTO a VALUES (1, 1, 'p'), (2, NULL, 'q'), (3, 1, NULL);
INSERT INTO b VALUES (1, 1, 2.50), (2, 1, 1);
-- rows
-- 1 | 1 | p | 2 | 3.50
-- 2 | null | q | 0 | null
-- 3 | 1 | null | 2 | 3.50

-- cut
UPDATE a SET x = 'z', k = 2 WHERE id = 1;
DELETE FROM b WHERE id = 2;
-- rows
-- 1 | 2 | z | 0 | null
-- 2 | null | q | 0 | null
-- 3 | 1 | null | 1 | 2.50

-- cut
DELETE FROM a WHERE id = 3;
DELETE FROM b;
-- rows
-- 1 | 2 | z | 0 | null
-- 2 | null | q | 0 | null
