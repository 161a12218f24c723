-- DISTINCT in what is collected: by an expression that may fail, and by texts that are filled up
-- kept: touched groups
-- key: g
CREATE TABLE t (id int PRIMARY KEY, g int, n int, c char(3));
CREATE MATERIALIZED VIEW v AS
SELECT g, array_agg(DISTINCT 12 / n) AS quotients, json_agg(DISTINCT 12 / n ORDER BY 12 / n DESC) AS j,
  replace(string_agg(DISTINCT c, '+'), chr(9), '^') AS texts,
  replace(string_agg(DISTINCT c, '+' ORDER BY c DESC), chr(9), '^') AS last_first,
  replace(array_to_string(array_agg(DISTINCT c), ','), chr(9), '^') AS filled,
  jsonb_agg(DISTINCT c ORDER BY c DESC NULLS LAST) AS jb
FROM t GROUP BY g;

-- cut
INSERT INTO t VALUES (1, 1, 2, 'a'), (2, 1, 5, 'b'), (3, 1, 4, 'a '), (4, 1, NULL, NULL), (5, 2, 7, 'abc'),
  (6, 2, 7, 'a'), (7, 2, 7, E'a\t');
-- rows
-- 1 | {2,3,6,NULL} | [null, 6, 3, 2] | a+b | b+a | a  ,b | ["b  ", "a  ", null]
-- 2 | {1} | [1] | a+a^+abc | abc+a^+a | a  ,a^ ,abc | ["abc", "a\t ", "a  "]

-- cut
UPDATE t SET n = 6, c = 'c' WHERE id IN (2, 5);
-- rows
-- 1 | {2,3,6,NULL} | [null, 6, 3, 2] | a+c | c+a | a  ,c | ["c  ", "a  ", null]
-- 2 | {1,2} | [2, 1] | a+a^+c | c+a^+a | a  ,a^ ,c | ["c  ", "a\t ", "a  "]

-- cut
DELETE FROM t WHERE id IN (1, 2, 3, 5);
-- rows
-- 1 | {NULL} | [null] | null | null |  | [null]
-- 2 | {1} | [1] | a+a^ | a^+a | a  ,a^ | ["a\t ", "a  "]
