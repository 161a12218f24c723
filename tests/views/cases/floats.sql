-- Sums of floats do not drift when values that dwarf the others come and go.
-- kept: touched groups
CREATE TABLE m (id integer PRIMARY KEY, g integer, f double precision);
CREATE MATERIALIZED VIEW v AS SELECT g, sum(f) AS total, avg(f) AS mean FROM m GROUP BY g;

-- cut
INSERT INTO m VALUES (1, 1, 0.5), (2, 1, 0.25);
-- rows
-- 1 | 0.75 | 0.375

-- cut
INSERT INTO m VALUES (3, 1, 1e100);
-- rows
-- 1 | 1e+100 | 3.333333333333333e+99

-- cut
DELETE FROM m WHERE id = 3;
-- rows
-- 1 | 0.75 | 0.375
