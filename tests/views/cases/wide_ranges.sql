-- RANGE frames whose distance, or whose values, have more digits than narrow numerics.
-- kept: full
CREATE TABLE t (id integer PRIMARY KEY, n numeric, d numeric(10,2));
CREATE MATERIALIZED VIEW v AS
SELECT id, sum(d) OVER (ORDER BY n RANGE BETWEEN 1e40 PRECEDING AND CURRENT ROW) AS far,
       count(*) OVER (ORDER BY n RANGE BETWEEN 1.5 PRECEDING AND 0.0000000000000001 FOLLOWING) AS near
FROM t;

-- cut
INSERT INTO t VALUES (1, 1, 1), (2, 2.5, 2), (3, 1e39, 3), (4, 1e45, 4), (5, NULL, 5), (6, 'NaN', 6),
                     (7, 'Infinity', 7), (8, '-Infinity', 8), (9, 2.50000000000000005, 9);
-- rows
-- 1 | 1.00 | 1
-- 2 | 3.00 | 3
-- 3 | 15.00 | 1
-- 4 | 4.00 | 1
-- 5 | 5.00 | 1
-- 6 | 6.00 | 1
-- 7 | 7.00 | 1
-- 8 | 8.00 | 1
-- 9 | 12.00 | 2

-- cut
UPDATE t SET n = n / 3 WHERE id < 5;
DELETE FROM t WHERE id IN (7, 9);
-- rows
-- 1 | 1.00 | 1
-- 2 | 3.00 | 2
-- 3 | 6.00 | 1
-- 4 | 4.00 | 1
-- 5 | 5.00 | 1
-- 6 | 6.00 | 1
-- 8 | 8.00 | 1
