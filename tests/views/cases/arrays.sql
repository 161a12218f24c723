-- Arrays: subscripts, ANY and ALL, containment, functions.
CREATE TABLE lists (id integer PRIMARY KEY, a integer[], t text[]);
CREATE MATERIALIZED VIEW v AS
SELECT id, a[1] AS first, a[9] AS none, 2 = ANY(a) AS has, 2 <> ALL(a) AS lacks, a || 9 AS more,
       cardinality(t) AS count, array_to_string(t, '+', '?') AS joined, t @> ARRAY['x'] AS x,
       array_position(a, 2) AS place
FROM lists;

-- cut
INSERT INTO lists VALUES (1, '{1,2,NULL}', '{x,NULL,"a b"}'), (2, '{}', '{}'), (3, NULL, NULL),
                         (4, '{NULL}', '{NULL}');
-- rows
-- 1 | 1 | null | true | false | {1,2,NULL,9} | 3 | x+?+a b | true | 2
-- 2 | null | null | false | true | {9} | 0 |  | false | null
-- 3 | null | null | null | null | {9} | null | null | null | null
-- 4 | null | null | null | null | {NULL,9} | 1 | ? | false | null

-- cut
UPDATE lists SET a = '{2}' WHERE id = 4;
DELETE FROM lists WHERE id < 3;
-- rows
-- 3 | null | null | null | null | {9} | null | null | null | null
-- 4 | 2 | null | true | false | {2,9} | 1 | ? | false | 1
