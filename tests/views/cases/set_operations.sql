-- INTERSECT and EXCEPT, with ALL and without, each distinct row a group of its own.
-- kept: touched groups
-- key: kind, k, w
CREATE TABLE r (id integer PRIMARY KEY, k integer, w text);
CREATE TABLE s (id integer PRIMARY KEY, k bigint, w text);
CREATE MATERIALIZED VIEW v AS
SELECT kind, k, w, count(*) AS n FROM (
  SELECT 'both' AS kind, k, w FROM (SELECT k, w FROM r INTERSECT SELECT k, w FROM s) a
  UNION ALL SELECT 'both all', k, w FROM (SELECT k, w FROM r INTERSECT ALL SELECT k, w FROM s) b
  UNION ALL SELECT 'left', k, w FROM (SELECT k, w FROM r EXCEPT SELECT k, w FROM s) c
  UNION ALL SELECT 'left all', k, w FROM (SELECT k, w FROM r EXCEPT ALL SELECT k, w FROM s) d
) u GROUP BY kind, k, w;

-- cut
INSERT INTO r VALUES (1, 1, 'a'), (2, 1, 'a'), (3, 2, NULL), (4, NULL, 'x'), (5, 3, 'c');
INSERT INTO s VALUES (1, 1, 'a'), (2, NULL, 'x'), (3, NULL, 'x'), (4, 4, 'd');
-- rows
-- both | 1 | a | 1
-- both | null | x | 1
-- both all | 1 | a | 1
-- both all | null | x | 1
-- left | 2 | null | 1
-- left | 3 | c | 1
-- left all | 1 | a | 1
-- left all | 2 | null | 1
-- left all | 3 | c | 1

-- cut
INSERT INTO s VALUES (5, 2, NULL), (6, 1, 'a'), (7, 1, 'a');
DELETE FROM s WHERE id = 2;
-- rows
-- both | 1 | a | 1
-- both | 2 | null | 1
-- both | null | x | 1
-- both all | 1 | a | 2
-- both all | 2 | null | 1
-- both all | null | x | 1
-- left | 3 | c | 1
-- left all | 3 | c | 1

-- cut
DELETE FROM r WHERE id = 1;
UPDATE r SET k = 4, w = 'd' WHERE id = 5;
-- rows
-- both | 1 | a | 1
-- both | 2 | null | 1
-- both | 4 | d | 1
-- both | null | x | 1
-- both all | 1 | a | 1
-- both all | 2 | null | 1
-- both all | 4 | d | 1
-- both all | null | x | 1

-- cut
DELETE FROM s;
-- rows
-- left | 1 | a | 1
-- left | 2 | null | 1
-- left | 4 | d | 1
-- left | null | x | 1
-- left all | 1 | a | 1
-- left all | 2 | null | 1
-- left all | 4 | d | 1
-- left all | null | x | 1
