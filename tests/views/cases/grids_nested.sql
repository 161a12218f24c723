-- Arrays of several dimensions inside a nested SELECT: the view is worked out whole.
-- kept: full
CREATE TABLE t (id integer PRIMARY KEY, a integer[][], k integer);
CREATE MATERIALIZED VIEW v AS
SELECT id, (SELECT sum(e) FROM unnest(a) e WHERE e > k) AS sum, a[1][1] AS corner,
       EXISTS (SELECT 1 FROM unnest(a) e WHERE e = k) AS has
FROM t;

-- cut
INSERT INTO t VALUES (1, '{{1,2},{3,NULL}}', 1), (2, '{}', 1), (3, NULL, NULL), (4, '[0:1]={5,6}', 6);
-- rows
-- 1 | 5 | 1 | true
-- 2 | null | null | false
-- 3 | null | null | false
-- 4 | null | null | true

-- cut
UPDATE t SET a = '{{4,8}}' WHERE id < 3;
DELETE FROM t WHERE id = 3;
-- rows
-- 1 | 12 | 4 | false
-- 2 | 12 | 4 | false
-- 4 | null | null | true
