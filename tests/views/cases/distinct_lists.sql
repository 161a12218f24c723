-- DISTINCT in what is collected: by an expression that may fail, and by texts that are filled up
-- kept: touched groups
-- key: g
CREATE TABLE t (id int PRIMARY KEY, g int, n int, c char(3));
CREATE MATERIALIZED VIEW v AS
SELECT g, array_agg(DISTINCT 12 / n) AS quotients, json_agg(DISTINCT 12 / n ORDER BY 12 / n DESC) AS j,
  string_agg(DISTINCT c, '+') AS texts, string_agg(DISTINCT c, '+' ORDER BY c DESC) AS last_first,
  array_agg(DISTINCT c) AS filled, jsonb_agg(DISTINCT c ORDER BY c DESC NULLS LAST) AS jb
FROM t GROUP BY g;

-- cut
INSERT INTO t VALUES (1, 1, 2, 'a'), (2, 1, 5, 'b'), (3, 1, 4, 'a '), (4, 1, NULL, NULL), (5, 2, 7, 'abc');
-- rows
-- 1 | {2,3,6,NULL} | [null, 6, 3, 2] | a+b | b+a | {"a  ","b  ",NULL} | ["b  ", "a  ", null]
-- 2 | {1} | [1] | abc | abc | {abc} | ["abc"]

-- cut
UPDATE t SET n = 6, c = 'c' WHERE id IN (2, 5);
-- rows
-- 1 | {2,3,6,NULL} | [null, 6, 3, 2] | a+c | c+a | {"a  ","c  ",NULL} | ["c  ", "a  ", null]
-- 2 | {2} | [2] | c | c | {"c  "} | ["c  "]

-- cut
DELETE FROM t WHERE id IN (1, 2, 3, 5);
-- rows
-- 1 | {NULL} | [null] | null | null | {NULL} | [null]
