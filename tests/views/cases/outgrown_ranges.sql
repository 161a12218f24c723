-- A RANGE frame over a bare numeric is computed with 38 digits until a value has more.
-- kept: touched groups
CREATE TABLE t (id integer PRIMARY KEY, g integer NOT NULL, n numeric, d numeric(10,2));
CREATE MATERIALIZED VIEW v AS
SELECT id, g, sum(d) OVER (PARTITION BY g ORDER BY n RANGE BETWEEN 1.5 PRECEDING AND CURRENT ROW) AS near
FROM t;

-- cut
INSERT INTO t VALUES (1, 1, 1, 1), (2, 1, 2.5, 2), (3, 2, 3, 3);
-- rows
-- 1 | 1 | 1.00
-- 2 | 1 | 3.00
-- 3 | 2 | 3.00

-- cut
INSERT INTO t VALUES (4, 1, 1e45, 4), (5, 1, NULL, 5), (6, 2, 'NaN', 6);
-- rows
-- 1 | 1 | 1.00
-- 2 | 1 | 3.00
-- 3 | 2 | 3.00
-- 4 | 1 | 4.00
-- 5 | 1 | 5.00
-- 6 | 2 | 6.00

-- cut
UPDATE t SET n = 1.75 WHERE id = 4;
-- rows
-- 1 | 1 | 1.00
-- 2 | 1 | 7.00
-- 3 | 2 | 3.00
-- 4 | 1 | 5.00
-- 5 | 1 | 5.00
-- 6 | 2 | 6.00
