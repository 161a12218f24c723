-- windows over the result of GROUP BY, in expressions, filtered and aggregated above
-- kept: touched groups
CREATE TABLE t (id int PRIMARY KEY, g int, h text, x int);
CREATE MATERIALIZED VIEW v AS
WITH ranked AS (
  SELECT g, h, sum(x) AS total, rank() OVER (PARTITION BY g ORDER BY sum(x) DESC NULLS LAST) AS place,
    round(100.0 * sum(x) / nullif(sum(sum(x)) OVER (PARTITION BY g), 0), 1) AS share,
    sum(count(*)) OVER (PARTITION BY h ORDER BY g NULLS FIRST) AS so_far,
    CASE WHEN lag(count(*), 1, 0::bigint) OVER (PARTITION BY g ORDER BY h) < count(*) THEN 'more' END AS than_before
  FROM t GROUP BY g, h)
SELECT DISTINCT * FROM ranked WHERE place <= 2;

-- cut
INSERT INTO t SELECT n, nullif(n % 3, 2), chr(97 + n % 4), nullif(n, 7) FROM generate_series(1, 16) n;
-- rows
-- 0 | a | 12 | 2 | 26.7 | 2 | more
-- 0 | d | 18 | 1 | 40.0 | 3 | more
-- 1 | a | 20 | 1 | 45.5 | 4 | more
-- 1 | b | 14 | 2 | 31.8 | 4 | null
-- null | c | 16 | 1 | 40.0 | 2 | more
-- null | d | 11 | 2 | 27.5 | 1 | null

-- cut
UPDATE t SET x = 50 WHERE id IN (4, 5);
DELETE FROM t WHERE h = 'b' AND g = 0;
-- rows
-- 0 | a | 12 | 2 | 33.3 | 2 | more
-- 0 | d | 18 | 1 | 50.0 | 3 | more
-- 1 | a | 66 | 1 | 73.3 | 4 | more
-- 1 | b | 14 | 2 | 15.6 | 3 | null
-- null | b | 50 | 1 | 58.8 | 1 | null
-- null | c | 16 | 2 | 18.8 | 2 | more

-- cut
UPDATE t SET g = 0;
-- rows
-- 0 | a | 86 | 1 | 40.8 | 4 | more
-- 0 | b | 64 | 2 | 30.3 | 3 | null

-- cut
DELETE FROM t;
-- rows

-- cut
INSERT INTO t VALUES (1, NULL, NULL, NULL);
-- rows
-- null | null | null | 1 | null | 1 | more
