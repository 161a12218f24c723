-- Grouping sets by wide numerics.
CREATE TABLE n (id integer PRIMARY KEY, a numeric, w text);
CREATE MATERIALIZED VIEW v AS
SELECT a, w, grouping(a, w) AS which, sum(a) AS sum, count(*) AS rows
FROM n GROUP BY ROLLUP (a, w);

-- cut
INSERT INTO n VALUES (1, 1.5, 'a'), (2, 1.5, 'b'), (3, 2, 'a'), (4, NULL, 'c'), (5, 'NaN', 'a');
-- rows
-- 1.5 | a | 0 | 1.5 | 1
-- 1.5 | b | 0 | 1.5 | 1
-- 1.5 | null | 1 | 3.0 | 2
-- 2 | a | 0 | 2 | 1
-- 2 | null | 1 | 2 | 1
-- NaN | a | 0 | NaN | 1
-- NaN | null | 1 | NaN | 1
-- null | c | 0 | null | 1
-- null | null | 1 | null | 1
-- null | null | 3 | NaN | 5

-- cut
UPDATE n SET a = 2 WHERE id IN (1, 5);
-- rows
-- 1.5 | b | 0 | 1.5 | 1
-- 1.5 | null | 1 | 1.5 | 1
-- 2 | a | 0 | 6 | 3
-- 2 | null | 1 | 6 | 3
-- null | c | 0 | null | 1
-- null | null | 1 | null | 1
-- null | null | 3 | 7.5 | 5
