-- GROUPS, EXCLUDE, and frames with one bound; a window that is built on another
-- kept: touched groups
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
CREATE MATERIALIZED VIEW v AS
SELECT id, g, sum(x) OVER (w GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP) AS others,
  count(*) OVER (w GROUPS 1 PRECEDING EXCLUDE TIES) AS no_ties,
  count(x) OVER (w GROUPS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS behind,
  sum(x) OVER (p ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) AS before,
  sum(x) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE GROUP) AS unlike,
  count(*) OVER (w RANGE CURRENT ROW EXCLUDE CURRENT ROW) AS peers,
  last_value(id) OVER (p ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING EXCLUDE CURRENT ROW) AS next,
  nth_value(x, 2) OVER (p ORDER BY id ROWS UNBOUNDED PRECEDING) AS second,
  row_number() OVER (w2 ROWS 1 PRECEDING) AS n
FROM t WINDOW p AS (PARTITION BY g), w AS (p ORDER BY x DESC NULLS LAST), w2 AS (p ORDER BY x, id);

-- cut
INSERT INTO t VALUES (1, 1, 5), (2, 1, 5), (3, 1, NULL), (4, 1, 7), (5, NULL, 1), (6, NULL, NULL), (7, 2, 0), (8, 1, -2);
-- rows
-- 1 | 1 | 5 | 2 | 1 | null | 5 | 1 | 2 | null | 2
-- 2 | 1 | 5 | 2 | 1 | 5 | 5 | 1 | 3 | 5 | 3
-- 3 | 1 | -2 | 2 | 0 | 10 | 15 | 0 | 4 | 5 | 5
-- 4 | 1 | 10 | 1 | 3 | 5 | 8 | 0 | 8 | 5 | 4
-- 5 | null | null | 1 | 0 | null | null | 0 | 6 | null | 1
-- 6 | null | 1 | 2 | 0 | 1 | 1 | 0 | null | null | 2
-- 7 | 2 | null | 1 | 0 | null | null | 0 | null | null | 1
-- 8 | 1 | 10 | 3 | 0 | 7 | 17 | 0 | null | 5 | 1

-- cut
UPDATE t SET x = 5 WHERE id = 4;
UPDATE t SET g = 1, x = -2 WHERE id = 6;
-- rows
-- 1 | 1 | -4 | 1 | 2 | null | -4 | 2 | 2 | null | 3
-- 2 | 1 | -4 | 1 | 2 | 5 | -4 | 2 | 3 | 5 | 4
-- 3 | 1 | -4 | 3 | 0 | 10 | 11 | 0 | 4 | 5 | 6
-- 4 | 1 | -4 | 1 | 2 | 5 | -4 | 2 | 6 | 5 | 5
-- 5 | null | null | 1 | 0 | null | null | 0 | null | null | 1
-- 6 | 1 | 15 | 4 | 0 | 5 | 15 | 1 | 8 | 5 | 1
-- 7 | 2 | null | 1 | 0 | null | null | 0 | null | null | 1
-- 8 | 1 | 15 | 4 | 0 | 3 | 15 | 1 | null | 5 | 2

-- cut
DELETE FROM t WHERE id IN (1, 5, 7);
UPDATE t SET id = 20 WHERE id = 2;
-- rows
-- 20 | 1 | -4 | 1 | 2 | -4 | -4 | 1 | null | 5 | 4
-- 3 | 1 | -4 | 3 | 0 | null | 6 | 0 | 4 | null | 5
-- 4 | 1 | -4 | 1 | 2 | null | -4 | 1 | 6 | 5 | 3
-- 6 | 1 | 10 | 3 | 0 | 5 | 10 | 1 | 8 | 5 | 1
-- 8 | 1 | 10 | 3 | 0 | 3 | 10 | 1 | 20 | 5 | 2

-- cut
DELETE FROM t;
-- rows

-- cut
INSERT INTO t VALUES (1, 1, NULL);
-- rows
-- 1 | 1 | null | 1 | 0 | null | null | 0 | null | null | 1
