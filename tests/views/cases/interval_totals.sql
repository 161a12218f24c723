-- sum and avg of intervals, months, days and time apart; of times and of differences.
-- key: g
CREATE TABLE t (id integer PRIMARY KEY, g integer, i interval, a timestamp, b timestamp);
CREATE MATERIALIZED VIEW v AS
SELECT g, sum(i) AS total, avg(i) AS mean, sum(b - a) AS took, avg(b - a) AS mean_took,
  sum(i) FILTER (WHERE id > 2) AS later, count(i) AS n, sum(i) > interval '1 month' AS is_long
FROM t GROUP BY g;

-- cut
INSERT INTO t VALUES (1, 1, '1 month', '2024-01-01', '2024-01-02 03:04:05.678'), (2, 1, '30 days', '2024-01-01', '2024-03-01'),
  (3, 1, '-1 day 02:03:04.5', NULL, '2024-01-01'), (4, 2, NULL, NULL, NULL), (5, 2, '1 year 1 mon 1 day 00:00:01', '2024-01-01', '2023-01-01');
-- rows
-- 1 | P1M29DT2H3M4.5S | P19DT16H41M1.5S | P61DT3H4M5.678S | P30DT13H32M2.839S | P-1DT2H3M4.5S | 3 | true
-- 2 | P1Y1M1DT1S | P1Y1M1DT1S | P-365D | P-365D | P1Y1M1DT1S | 1 | true

-- cut
UPDATE t SET i = '30 days' WHERE id = 1;
UPDATE t SET i = '1 month' WHERE id = 2;
-- rows
-- 1 | P1M29DT2H3M4.5S | P19DT16H41M1.5S | P61DT3H4M5.678S | P30DT13H32M2.839S | P-1DT2H3M4.5S | 3 | true
-- 2 | P1Y1M1DT1S | P1Y1M1DT1S | P-365D | P-365D | P1Y1M1DT1S | 1 | true

-- cut
UPDATE t SET i = '1 month' WHERE id = 1;
DELETE FROM t WHERE id = 5;
-- rows
-- 1 | P2M-1DT2H3M4.5S | P20DT-7H-18M-58.5S | P61DT3H4M5.678S | P30DT13H32M2.839S | P-1DT2H3M4.5S | 3 | true
-- 2 | null | null | null | null | null | 0 | null

-- cut
UPDATE t SET g = 2, i = '7 mons 11 days 13:17:19.123457' WHERE id = 3;
UPDATE t SET g = 2 WHERE id = 2;
-- rows
-- 1 | P1M | P1M | P1DT3H4M5.678S | P1DT3H4M5.678S | null | 1 | false
-- 2 | P8M11DT13H17M19.123457S | P4M5DT18H38M39.561728S | P60D | P60D | P7M11DT13H17M19.123457S | 2 | true

-- cut
DELETE FROM t;
-- rows
