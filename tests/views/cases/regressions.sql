-- Statistics of pairs: NULL in either, one pair, equal values, floats that would drift.
-- kept: touched groups
-- key: g
CREATE TABLE t (id integer PRIMARY KEY, g integer, y double precision, x integer, z numeric(12,2));
CREATE MATERIALIZED VIEW v AS
SELECT g, regr_count(y, x) AS n, covar_pop(y, x) AS cp, covar_samp(y, x) AS cs, corr(y, x) AS r,
  regr_avgx(y, x) AS ax, regr_avgy(y, x) AS ay, regr_sxx(y, x) AS sxx, regr_syy(y, x) AS syy,
  regr_sxy(y, x) AS sxy, regr_slope(y, x) AS slope, regr_intercept(y, x) AS cut, regr_r2(y, x) AS r2,
  corr(z, x) FILTER (WHERE y > 1) AS filtered
FROM t GROUP BY g;

-- cut
INSERT INTO t VALUES (1, 1, 1.5, 1, 2), (2, 1, 2.5, 2, 4), (3, 1, 5.5, 3, 5), (4, 1, NULL, 9, 1), (5, 1, 1e15, 4, 3),
  (6, 2, 1, 5, 1), (7, 2, 2, 5, 2), (8, 3, 2, NULL, NULL), (9, 4, 3, 1, 1), (10, 5, 7, 1, 1), (11, 5, 7, 2, 9);
-- rows
-- 1 | 4 | 374999999999999.8 | 499999999999999.75 | 0.7745966692414855 | 2.5 | 250000000000002.38 | 5 | 7.499999999999952e+29 | 1.4999999999999992e+15 | 299999999999999.9 | -499999999999997.25 | 0.6000000000000033 | 0.4
-- 2 | 2 | 0 | 0 | null | 5 | 1.5 | 0 | 0.5 | 0 | null | null | null | null
-- 3 | 0 | null | null | null | null | null | null | null | null | null | null | null | null
-- 4 | 1 | 0 | null | null | 1 | 3 | 0 | 0 | 0 | null | null | null | null
-- 5 | 2 | 0 | 0 | null | 1.5 | 7 | 0.5 | 0 | 0 | 0 | 7 | 1 | 1

-- cut
DELETE FROM t WHERE id = 5;
UPDATE t SET x = 6 WHERE id = 7;
UPDATE t SET x = 1 WHERE id = 8;
-- rows
-- 1 | 3 | 1.3333333333333333 | 2 | 0.9607689228305228 | 2 | 3.1666666666666665 | 2 | 8.666666666666666 | 4 | 2 | -0.8333333333333334 | 0.9230769230769231 | 0.9819805060619659
-- 2 | 2 | 0.25 | 0.5 | 1 | 5.5 | 1.5 | 0.5 | 0.5 | 0.5 | 1 | -4 | 1 | null
-- 3 | 1 | 0 | null | null | 1 | 2 | 0 | 0 | 0 | null | null | null | null
-- 4 | 1 | 0 | null | null | 1 | 3 | 0 | 0 | 0 | null | null | null | null
-- 5 | 2 | 0 | 0 | null | 1.5 | 7 | 0.5 | 0 | 0 | 0 | 7 | 1 | 1

-- cut
UPDATE t SET g = 1 WHERE id IN (9, 10);
DELETE FROM t WHERE id = 11;
-- rows
-- 1 | 5 | 0.36 | 0.44999999999999996 | 0.22116293423234568 | 1.6 | 3.9 | 3.2 | 20.700000000000003 | 1.7999999999999998 | 0.5624999999999999 | 3 | 0.04891304347826085 | 0.9539590550898287
-- 2 | 2 | 0.25 | 0.5 | 1 | 5.5 | 1.5 | 0.5 | 0.5 | 0.5 | 1 | -4 | 1 | null
-- 3 | 1 | 0 | null | null | 1 | 2 | 0 | 0 | 0 | null | null | null | null

-- cut
UPDATE t SET y = 'NaN' WHERE id = 1;
UPDATE t SET y = 'Infinity' WHERE id = 6;
-- rows
-- 1 | 5 | NaN | NaN | NaN | 1.6 | NaN | 3.2 | NaN | NaN | NaN | NaN | NaN | 0.9539590550898287
-- 2 | 2 | NaN | NaN | NaN | 5.5 | Infinity | 0.5 | NaN | NaN | NaN | NaN | NaN | 1
-- 3 | 1 | 0 | null | null | 1 | 2 | 0 | 0 | 0 | null | null | null | null

-- cut
DELETE FROM t WHERE g <> 2;
-- rows
-- 2 | 2 | NaN | NaN | NaN | 5.5 | Infinity | 0.5 | NaN | NaN | NaN | NaN | NaN | 1
