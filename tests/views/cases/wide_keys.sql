-- Wide numerics that are grouped, joined, sorted and told apart by value: 1.0 is 1.00.
-- kept: touched groups
CREATE TABLE n (id integer PRIMARY KEY, a numeric);
CREATE TABLE m (id integer PRIMARY KEY, a numeric, w text);
CREATE MATERIALIZED VIEW v AS
SELECT trim_of.a AS a, count(*) AS rows, count(DISTINCT trim_of.a) AS values,
       string_agg(m.w, ',' ORDER BY m.w) AS words
FROM n AS trim_of JOIN m ON m.a = trim_of.a GROUP BY trim_of.a;

-- cut
INSERT INTO n VALUES (1, 1), (2, 1), (3, 'NaN'), (4, 'Infinity'), (5, -0.5), (6, 1e50);
INSERT INTO m VALUES (1, 1.0, 'one'), (2, 1.00, 'uno'), (3, 'NaN', 'none'), (4, 'Infinity', 'all'),
                     (5, -0.50, 'half'), (6, 2, 'two');
-- rows
-- -0.5 | 1 | 1 | half
-- 1 | 4 | 1 | one,one,uno,uno
-- Infinity | 1 | 1 | all
-- NaN | 1 | 1 | none

-- cut
UPDATE m SET a = 1e50 WHERE id = 6;
DELETE FROM n WHERE id IN (1, 4);
-- rows
-- -0.5 | 1 | 1 | half
-- 1 | 2 | 1 | one,uno
-- 100000000000000000000000000000000000000000000000000 | 1 | 1 | two
-- NaN | 1 | 1 | none

-- cut
UPDATE n SET a = -0.5 WHERE id = 3;
-- rows
-- -0.5 | 2 | 1 | half,half
-- 1 | 2 | 1 | one,uno
-- 100000000000000000000000000000000000000000000000000 | 1 | 1 | two
