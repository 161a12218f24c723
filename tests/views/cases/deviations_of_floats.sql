-- Of floats they are worked out again, so that nothing drifts.
-- kept: touched groups
CREATE TABLE d (id integer PRIMARY KEY, g integer, f double precision);
CREATE MATERIALIZED VIEW v AS
SELECT g, stddev(f) AS s, var_pop(f) AS vp FROM d GROUP BY g;

-- cut
INSERT INTO d VALUES (1, 1, 0.5), (2, 1, 0.25), (3, 2, 3), (4, 3, NULL);
-- rows
-- 1 | 0.1767766952966369 | 0.015625
-- 2 | null | 0
-- 3 | null | null

-- cut
INSERT INTO d VALUES (5, 1, 1e100), (6, 2, 'NaN');
-- rows
-- 1 | 5.773502691896259e+99 | 2.2222222222222235e+199
-- 2 | NaN | NaN
-- 3 | null | null

-- cut
DELETE FROM d WHERE id IN (3, 5);
-- rows
-- 1 | 0.1767766952966369 | 0.015625
-- 2 | null | NaN
-- 3 | null | null
