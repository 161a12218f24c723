-- RANGE with a distance, from values at the edge of their type too
-- kept: full
CREATE TABLE t (id int PRIMARY KEY, s smallint, n numeric(4,2), f float8, d date, at timestamptz, c time, i interval);
CREATE MATERIALIZED VIEW v AS
SELECT id, count(*) OVER (ORDER BY s RANGE BETWEEN 2 PRECEDING AND 2 FOLLOWING) AS s,
  sum(n) OVER (ORDER BY n DESC RANGE BETWEEN 0.125 PRECEDING AND 1 FOLLOWING) AS n,
  count(f) OVER (ORDER BY f NULLS FIRST RANGE BETWEEN UNBOUNDED PRECEDING AND 0.5 PRECEDING) AS f,
  array_agg(id) OVER (ORDER BY d RANGE BETWEEN '1 mon' PRECEDING AND CURRENT ROW) AS d,
  min(id) OVER (PARTITION BY s < 9 ORDER BY at RANGE BETWEEN interval '1 day' FOLLOWING AND '2 days' FOLLOWING) AS at,
  count(*) OVER (ORDER BY c RANGE BETWEEN CURRENT ROW AND '1 day 01:00' FOLLOWING) AS c,
  count(*) OVER (ORDER BY i RANGE BETWEEN '5 days' PRECEDING AND CURRENT ROW) AS i
FROM t;

-- cut
INSERT INTO t VALUES
  (1, 32767, 99.99, 'Infinity', '2024-01-31', '2024-01-01 00:00+00', '23:30', '1 mon'),
  (2, 32766, 99.87, 'NaN', '2024-02-29', '2024-01-02 00:00+00', '23:59', '29 days'),
  (3, -32768, -99.99, 1, '2024-03-30', '2024-01-03 12:00+00', '00:00', '36 days'),
  (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (5, 1, 0, 1.5, '2024-03-31', '2024-01-03 00:00+00', '00:10', '-1 mon');
-- rows
-- 1 | 2 | 199.86 | 3 | {1} | 2 | 2 | 2
-- 2 | 2 | 199.86 | 4 | {1,2} | null | 1 | 1
-- 3 | 1 | -99.99 | 0 | {2,3} | null | 2 | 1
-- 4 | 1 | null | 0 | {4} | 4 | 1 | 1
-- 5 | 1 | 0.00 | 1 | {2,3,5} | null | 1 | 1

-- cut
INSERT INTO t VALUES (6, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (7, 1, 0.13, 1.5, '2024-04-30', '2024-01-04 00:00+00', '23:00', '34 days');
UPDATE t SET d = '2024-01-30', n = 99.86 WHERE id = 2;
-- rows
-- 1 | 2 | 199.85 | 4 | {2,1} | 2 | 2 | 2
-- 2 | 2 | 99.86 | 5 | {2} | null | 1 | 1
-- 3 | 1 | -99.99 | 0 | {3} | null | 2 | 2
-- 4 | 2 | null | 0 | {4,6} | 4 | 2 | 2
-- 5 | 2 | 0.00 | 1 | {3,5} | 7 | 1 | 1
-- 6 | 2 | null | 0 | {4,6} | 4 | 2 | 2
-- 7 | 2 | 0.13 | 1 | {3,5,7} | null | 3 | 3

-- cut
DELETE FROM t WHERE id IN (1, 4, 6);
-- rows
-- 2 | 1 | 99.86 | 4 | {2} | null | 1 | 1
-- 3 | 1 | -99.99 | 0 | {3} | null | 2 | 2
-- 5 | 2 | 0.00 | 1 | {3,5} | 7 | 1 | 1
-- 7 | 2 | 0.13 | 1 | {3,5,7} | null | 2 | 2

-- cut
DELETE FROM t;
-- rows

-- cut
INSERT INTO t (id) VALUES (1);
-- rows
-- 1 | 1 | null | 0 | {1} | 1 | 1 | 1
