-- Aggregates over everything are one group, joined to the rows.
-- kept: full
CREATE TABLE a (id integer PRIMARY KEY, k integer, x double precision, t text);
CREATE MATERIALIZED VIEW v AS
SELECT id, sum(k) OVER () AS s, count(*) OVER () AS n, max(k) OVER () AS m, avg(x) OVER () AS x,
       count(k) FILTER (WHERE k > 1) OVER () AS c, string_agg(t, ',') OVER () IS NULL AS t,
       sum(k) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS w,
       sum(k) OVER (ORDER BY id) AS running, rank() OVER () AS r,
       sum(k) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW)
         AS others, k::numeric / sum(k) OVER () AS share
FROM a WHERE id <> 9;

-- cut
INSERT INTO a VALUES (1, 1, 0.5, 'a'), (2, NULL, 1, NULL), (9, 3, 7, 'z');
-- rows
-- 1 | 1 | 2 | 1 | 0.75 | 0 | false | 1 | 1 | 1 | null | 1.00000000000000000000
-- 2 | 1 | 2 | 1 | 0.75 | 0 | false | 1 | 1 | 1 | 1 | null

-- cut
INSERT INTO a VALUES (3, 5, NULL, 'b'), (4, 2, 0.25, NULL);
-- rows
-- 1 | 8 | 4 | 5 | 0.5833333333333334 | 2 | false | 8 | 1 | 1 | 7 | 0.12500000000000000000
-- 2 | 8 | 4 | 5 | 0.5833333333333334 | 2 | false | 8 | 1 | 1 | 8 | null
-- 3 | 8 | 4 | 5 | 0.5833333333333334 | 2 | false | 8 | 6 | 1 | 3 | 0.62500000000000000000
-- 4 | 8 | 4 | 5 | 0.5833333333333334 | 2 | false | 8 | 8 | 1 | 6 | 0.25000000000000000000

-- cut
UPDATE a SET t = 'c' WHERE id = 3;
-- rows
-- 1 | 8 | 4 | 5 | 0.5833333333333334 | 2 | false | 8 | 1 | 1 | 7 | 0.12500000000000000000
-- 2 | 8 | 4 | 5 | 0.5833333333333334 | 2 | false | 8 | 1 | 1 | 8 | null
-- 3 | 8 | 4 | 5 | 0.5833333333333334 | 2 | false | 8 | 6 | 1 | 3 | 0.62500000000000000000
-- 4 | 8 | 4 | 5 | 0.5833333333333334 | 2 | false | 8 | 8 | 1 | 6 | 0.25000000000000000000

-- cut
DELETE FROM a WHERE id = 3;
-- rows
-- 1 | 3 | 3 | 2 | 0.5833333333333334 | 1 | false | 3 | 1 | 1 | 2 | 0.33333333333333333333
-- 2 | 3 | 3 | 2 | 0.5833333333333334 | 1 | false | 3 | 1 | 1 | 3 | null
-- 4 | 3 | 3 | 2 | 0.5833333333333334 | 1 | false | 3 | 3 | 1 | 1 | 0.66666666666666666667

-- cut
DELETE FROM a;
-- rows
