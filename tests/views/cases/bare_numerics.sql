-- numeric without limits: products and quotients of several columns, by row and by group.
CREATE TABLE n (id integer PRIMARY KEY, g integer, a numeric, b numeric, c numeric);
CREATE MATERIALIZED VIEW v AS
SELECT g, sum(a * b) / sum(b) AS weighted, sum(a) / count(*) / 60.0 AS minutes,
       sum(a * b * c) AS volume, sum(a * b / c) AS spread, avg(a) * 2.55 AS more,
       round(avg(a) / nullif(stddev(c::numeric(12,2)), 0), 4) AS ratio,
       100.00 * sum(CASE WHEN id > 1 THEN a * (1 - b) END) / sum(a * (1 - b)) AS share
FROM n GROUP BY g;

-- cut
INSERT INTO n VALUES (1, 1, 19.99, 3, 2), (2, 1, 1234.56, 0.5, 7.25), (3, 1, 45678.9, 2.5, 3),
                     (4, 2, 100000000, 3, 7), (5, 2, 0.001, 40, 0.03);
-- rows
-- 1 | 19145.750000000000 | 260.7413888888888833 | 347186.97000 | 38180.8770689655172414 | 39893.43249999999915 | 5612.1262 | 99.9411548688164225
-- 2 | 6976744.186976744186 | 833333.333341666667 | 2100000000.00120 | 42857144.1904761904763333 | 127500000.00127500000000 | 10145004.0343 | 100.0000000000000000
