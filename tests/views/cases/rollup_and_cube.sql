-- ROLLUP, CUBE and a plain group multiply; what is NULL in a row and what is left out differ.
-- kept: touched groups
CREATE TABLE s (id integer PRIMARY KEY, a integer NOT NULL, b integer, c text NOT NULL, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT a, b % 2 AS odd, c, grouping(b % 2) AS no_b, sum(n) AS total, count(DISTINCT n) AS values,
       max(n) AS most, string_agg(n::text, ',' ORDER BY id) AS listed,
       CASE WHEN grouping(c) = 1 THEN 'all' ELSE c END AS shown
FROM s GROUP BY a, ROLLUP(b % 2), CUBE(c) HAVING count(*) > 0;

-- cut
INSERT INTO s VALUES (1, 1, 1, 'x', 5), (2, 1, 3, 'y', 5), (3, 1, NULL, 'x', 7), (4, 2, 2, 'y', NULL);
-- rows
-- 1 | 1 | null | 0 | 10 | 1 | 5 | 5,5 | all
-- 1 | 1 | x | 0 | 5 | 1 | 5 | 5 | x
-- 1 | 1 | y | 0 | 5 | 1 | 5 | 5 | y
-- 1 | null | null | 0 | 7 | 1 | 7 | 7 | all
-- 1 | null | null | 1 | 17 | 2 | 7 | 5,5,7 | all
-- 1 | null | x | 0 | 7 | 1 | 7 | 7 | x
-- 1 | null | x | 1 | 12 | 2 | 7 | 5,7 | x
-- 1 | null | y | 1 | 5 | 1 | 5 | 5 | y
-- 2 | 0 | null | 0 | null | 0 | null | null | all
-- 2 | 0 | y | 0 | null | 0 | null | null | y
-- 2 | null | null | 1 | null | 0 | null | null | all
-- 2 | null | y | 1 | null | 0 | null | null | y

-- cut
UPDATE s SET n = 1 WHERE id = 3;
UPDATE s SET c = 'z' WHERE id = 1;
-- rows
-- 1 | 1 | null | 0 | 10 | 1 | 5 | 5,5 | all
-- 1 | 1 | y | 0 | 5 | 1 | 5 | 5 | y
-- 1 | 1 | z | 0 | 5 | 1 | 5 | 5 | z
-- 1 | null | null | 0 | 1 | 1 | 1 | 1 | all
-- 1 | null | null | 1 | 11 | 2 | 5 | 5,5,1 | all
-- 1 | null | x | 0 | 1 | 1 | 1 | 1 | x
-- 1 | null | x | 1 | 1 | 1 | 1 | 1 | x
-- 1 | null | y | 1 | 5 | 1 | 5 | 5 | y
-- 1 | null | z | 1 | 5 | 1 | 5 | 5 | z
-- 2 | 0 | null | 0 | null | 0 | null | null | all
-- 2 | 0 | y | 0 | null | 0 | null | null | y
-- 2 | null | null | 1 | null | 0 | null | null | all
-- 2 | null | y | 1 | null | 0 | null | null | y

-- cut
DELETE FROM s WHERE a = 1;
INSERT INTO s VALUES (5, 2, NULL, 'y', 9);
-- rows
-- 2 | 0 | null | 0 | null | 0 | null | null | all
-- 2 | 0 | y | 0 | null | 0 | null | null | y
-- 2 | null | null | 0 | 9 | 1 | 9 | 9 | all
-- 2 | null | null | 1 | 9 | 1 | 9 | 9 | all
-- 2 | null | y | 0 | 9 | 1 | 9 | 9 | y
-- 2 | null | y | 1 | 9 | 1 | 9 | 9 | y
