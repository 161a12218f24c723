-- A total over distinct values has one row, also for no rows.
CREATE TABLE s (id integer PRIMARY KEY, x bigint);
CREATE MATERIALIZED VIEW v AS SELECT count(DISTINCT x) AS n, sum(DISTINCT x) AS total FROM s;

-- cut
-- rows
-- 0 | null

-- cut
INSERT INTO s VALUES (1, 9223372036854775807), (2, 9223372036854775807), (3, 1), (4, NULL);
-- rows
-- 2 | 9223372036854775808

-- cut
DELETE FROM s WHERE id = 1;
-- rows
-- 2 | 9223372036854775808

-- cut
DELETE FROM s WHERE id = 2;
-- rows
-- 1 | 1

-- cut
DELETE FROM s;
-- rows
-- 0 | null
