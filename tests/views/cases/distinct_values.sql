-- DISTINCT inside an aggregate: each group's values are kept with their numbers.
CREATE TABLE s (id integer PRIMARY KEY, g integer, x integer, n numeric(8,2), w text);
CREATE MATERIALIZED VIEW v AS
SELECT g, count(*) AS rows, count(DISTINCT x) AS xs, sum(DISTINCT x) AS sum_x, avg(DISTINCT n) AS mean,
       count(DISTINCT w) AS words, count(DISTINCT x) FILTER (WHERE n > 1) AS high, sum(x) AS all_x,
       max(DISTINCT x) AS most
FROM s GROUP BY g;

-- cut
INSERT INTO s VALUES (1, 1, 5, 1.5, 'a'), (2, 1, 5, 1.5, 'A'), (3, 1, NULL, 2, NULL), (4, NULL, 7, 0, 'a'),
                     (5, 2, NULL, NULL, NULL);
-- rows
-- 1 | 3 | 1 | 5 | 1.7500000000000000 | 2 | 1 | 10 | 5
-- 2 | 1 | 0 | null | null | 0 | 0 | null | null
-- null | 1 | 1 | 7 | 0.00000000000000000000 | 1 | 0 | 7 | 7

-- cut
UPDATE s SET x = 6 WHERE id = 1;
INSERT INTO s VALUES (6, NULL, 7, 0, 'a'), (7, 2, 1, 1, '');
-- rows
-- 1 | 3 | 2 | 11 | 1.7500000000000000 | 2 | 2 | 11 | 6
-- 2 | 2 | 1 | 1 | 1.00000000000000000000 | 1 | 0 | 1 | 1
-- null | 2 | 1 | 7 | 0.00000000000000000000 | 1 | 0 | 14 | 7

-- cut
DELETE FROM s WHERE id IN (2, 4);
UPDATE s SET g = 1 WHERE id = 7;
-- rows
-- 1 | 3 | 2 | 7 | 1.5000000000000000 | 2 | 1 | 7 | 6
-- 2 | 1 | 0 | null | null | 0 | 0 | null | null
-- null | 1 | 1 | 7 | 0.00000000000000000000 | 1 | 0 | 7 | 7

-- cut
DELETE FROM s WHERE g = 1;
INSERT INTO s VALUES (1, 1, 5, 1.5, 'a'), (2, 1, 5, 1.5, 'a');
-- rows
-- 1 | 2 | 1 | 5 | 1.50000000000000000000 | 1 | 1 | 10 | 5
-- 2 | 1 | 0 | null | null | 0 | 0 | null | null
-- null | 1 | 1 | 7 | 0.00000000000000000000 | 1 | 0 | 7 | 7

-- cut
DELETE FROM s;
-- rows
