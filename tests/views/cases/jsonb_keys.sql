-- jsonb is grouped, partitioned and made distinct by its numbers' values
-- kept: touched groups
CREATE TABLE t (id int PRIMARY KEY, j jsonb);
CREATE MATERIALIZED VIEW v AS
SELECT id, count(*) OVER (PARTITION BY j) AS same, j IN ('1.00', '{"a": [1.0]}') AS listed,
  (SELECT count(*) FROM (SELECT DISTINCT j FROM t) d) AS distinct_ones,
  (SELECT count(DISTINCT j) FROM t) AS counted, (SELECT count(*) FROM (SELECT j FROM t GROUP BY j) g) AS g,
  (SELECT count(*) FROM (SELECT j FROM t EXCEPT SELECT j FROM t WHERE id = 1) e) AS others
FROM t;

-- cut
INSERT INTO t VALUES (1, '1'), (2, '1.0'), (3, '1.00'), (4, '"1.0"'), (5, '{"a": [1.00]}'), (6, '{"a":[1]}'), (7, NULL);
-- rows
-- 1 | 3 | true | 4 | 3 | 4 | 3
-- 2 | 3 | true | 4 | 3 | 4 | 3
-- 3 | 3 | true | 4 | 3 | 4 | 3
-- 4 | 1 | false | 4 | 3 | 4 | 3
-- 5 | 2 | true | 4 | 3 | 4 | 3
-- 6 | 2 | true | 4 | 3 | 4 | 3
-- 7 | 1 | null | 4 | 3 | 4 | 3

-- cut
UPDATE t SET j = '{"a": [1.000]}' WHERE id < 3;
-- rows
-- 1 | 4 | true | 4 | 3 | 4 | 3
-- 2 | 4 | true | 4 | 3 | 4 | 3
-- 3 | 1 | true | 4 | 3 | 4 | 3
-- 4 | 1 | false | 4 | 3 | 4 | 3
-- 5 | 4 | true | 4 | 3 | 4 | 3
-- 6 | 4 | true | 4 | 3 | 4 | 3
-- 7 | 1 | null | 4 | 3 | 4 | 3

-- cut
DELETE FROM t WHERE id IN (3, 6, 7);
-- rows
-- 1 | 3 | true | 2 | 2 | 2 | 1
-- 2 | 3 | true | 2 | 2 | 2 | 1
-- 4 | 1 | false | 2 | 2 | 2 | 1
-- 5 | 3 | true | 2 | 2 | 2 | 1

-- cut
DELETE FROM t;
-- rows
