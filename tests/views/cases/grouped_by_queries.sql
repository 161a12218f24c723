-- GROUP BY an expression that holds a nested SELECT.
-- key: y
CREATE TABLE a (id integer PRIMARY KEY, g integer);
CREATE TABLE b (id integer PRIMARY KEY, g integer, v integer);
CREATE MATERIALIZED VIEW v AS
SELECT coalesce((SELECT max(v) FROM b WHERE b.g = a.g), 0) + 1 AS y, count(*) AS n, min(id) AS first
FROM a GROUP BY coalesce((SELECT max(v) FROM b WHERE b.g = a.g), 0) + 1 HAVING count(*) > 0;

-- cut
INSERT INTO a VALUES (1, 1), (2, 1), (3, 2), (4, NULL);
INSERT INTO b VALUES (1, 1, 10), (2, 2, 10);
-- rows
-- 1 | 1 | 4
-- 11 | 3 | 1

-- cut
UPDATE b SET v = 12 WHERE id = 2;
DELETE FROM a WHERE id = 4;
-- rows
-- 11 | 2 | 1
-- 13 | 1 | 3

-- cut
DELETE FROM b;
-- rows
-- 1 | 3 | 1
