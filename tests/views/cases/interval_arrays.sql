-- Arrays of intervals: captured, made, collected, compared, taken apart.
-- kept: touched groups
-- key: id
CREATE TABLE t (id integer PRIMARY KEY, k integer, i interval, a interval[]);
CREATE MATERIALIZED VIEW lists AS
SELECT k, array_agg(i ORDER BY id) AS list FROM t GROUP BY k;
CREATE MATERIALIZED VIEW v AS
SELECT t.id, t.a, ARRAY[i, '30 days'] AS made, l.list, a || i AS longer, a[1] AS first, i = ANY (a) AS has,
       a @> ARRAY[interval '30 days'] AS holds, ARRAY[i] = ARRAY[interval '1 mon'] AS same,
       array_position(a, '1 mon') AS place, array_remove(a, '1 mon') AS without,
       (SELECT sum(u) FROM unnest(a) u) AS total
FROM t JOIN lists l ON l.k = t.k;

-- cut
INSERT INTO t VALUES (1, 1, '1 mon', '{1 mon,30 days,NULL}'), (2, 1, '30 days', '{}'), (3, 2, NULL, NULL),
  (4, 2, '-1:02:03.5', '{1 day,1 year 2 mons}');
-- rows
-- 1 | {P1M,P30D,NULL} | {P1M,P30D} | {P1M,P30D} | {P1M,P30D,NULL,P1M} | P1M | true | true | true | 1 | {NULL} | P1M30D
-- 2 | {} | {P30D,P30D} | {P1M,P30D} | {P30D} | null | false | false | true | null | {} | null
-- 3 | null | {NULL,P30D} | {NULL,PT-1H-2M-3.5S} | {NULL} | null | null | null | false | null | null | null
-- 4 | {P1D,P1Y2M} | {PT-1H-2M-3.5S,P30D} | {NULL,PT-1H-2M-3.5S} | {P1D,P1Y2M,PT-1H-2M-3.5S} | P1D | false | false | false | null | {P1D,P1Y2M} | P1Y2M1D

-- cut
UPDATE t SET i = '1 mon', a = a || interval '720:00' WHERE id = 2;
DELETE FROM t WHERE id = 3;
-- rows
-- 1 | {P1M,P30D,NULL} | {P1M,P30D} | {P1M,P1M} | {P1M,P30D,NULL,P1M} | P1M | true | true | true | 1 | {NULL} | P1M30D
-- 2 | {PT720H} | {P1M,P30D} | {P1M,P1M} | {PT720H,P1M} | PT720H | true | true | true | 1 | {} | PT720H
-- 4 | {P1D,P1Y2M} | {PT-1H-2M-3.5S,P30D} | {PT-1H-2M-3.5S} | {P1D,P1Y2M,PT-1H-2M-3.5S} | P1D | false | false | false | null | {P1D,P1Y2M} | P1Y2M1D
