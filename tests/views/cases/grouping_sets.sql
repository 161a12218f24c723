-- Groupings side by side over one input; the empty one has a row also for no rows.
CREATE TABLE s (id integer PRIMARY KEY, a integer, b text, n numeric(8,2));
CREATE MATERIALIZED VIEW v AS
SELECT a, b, grouping(a, b) AS level, count(*) AS n, sum(n) AS total, avg(n) AS mean
FROM s GROUP BY GROUPING SETS ((a, b), (a), ());

-- cut
-- rows
-- null | null | 3 | 0 | null | null

-- cut
INSERT INTO s VALUES (1, 1, 'x', 1), (2, 1, NULL, 2), (3, NULL, NULL, 3), (4, NULL, 'x', NULL);
-- rows
-- 1 | null | 0 | 1 | 2.00 | 2.0000000000000000
-- 1 | null | 1 | 2 | 3.00 | 1.5000000000000000
-- 1 | x | 0 | 1 | 1.00 | 1.00000000000000000000
-- null | null | 0 | 1 | 3.00 | 3.0000000000000000
-- null | null | 1 | 2 | 3.00 | 3.0000000000000000
-- null | null | 3 | 4 | 6.00 | 2.0000000000000000
-- null | x | 0 | 1 | null | null

-- cut
UPDATE s SET a = 2 WHERE id = 1;
DELETE FROM s WHERE id = 3;
-- rows
-- 1 | null | 0 | 1 | 2.00 | 2.0000000000000000
-- 1 | null | 1 | 1 | 2.00 | 2.0000000000000000
-- 2 | null | 1 | 1 | 1.00 | 1.00000000000000000000
-- 2 | x | 0 | 1 | 1.00 | 1.00000000000000000000
-- null | null | 1 | 1 | null | null
-- null | null | 3 | 3 | 3.00 | 1.5000000000000000
-- null | x | 0 | 1 | null | null

-- cut
DELETE FROM s;
-- rows
-- null | null | 3 | 0 | null | null

-- cut
INSERT INTO s VALUES (1, NULL, NULL, NULL);
-- rows
-- null | null | 0 | 1 | null | null
-- null | null | 1 | 1 | null | null
-- null | null | 3 | 1 | null | null
