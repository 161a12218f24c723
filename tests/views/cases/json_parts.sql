-- What is taken out of a json has its own blanks, as PostgreSQL leaves them in its text.
CREATE TABLE docs (id integer PRIMARY KEY, other integer, j json);
CREATE MATERIALIZED VIEW parts AS
SELECT id, (j->'a')::text AS a, j->>'a' AS text, j#>>'{l,-1}' AS last, (j->'a'->'b')::text AS inner,
       json_extract_path_text(j, 'a') AS path
FROM docs WHERE j->>'a' IS DISTINCT FROM 'hidden';

-- cut
INSERT INTO docs VALUES (1, 2, '{"a" : { "b":  [1,2 ] , "c":3 }, "l": [ {"x":1} , [ ], "two" ], "to": 2}'),
                        (2, 1, '{"a": [ ], "l": [1.50 , null]}'), (3, 1, '{"a":"hidden", "to" : 1}'), (4, NULL, NULL),
                        (5, 1, '[]');
-- rows
-- 1 | { "b":  [1,2 ] , "c":3 } | { "b":  [1,2 ] , "c":3 } | two | [1,2 ] | { "b":  [1,2 ] , "c":3 }
-- 2 | [ ] | [ ] | null | null | [ ]
-- 4 | null | null | null | null | null
-- 5 | null | null | null | null | null

-- cut
UPDATE docs SET j = '{"a":  {"b" : { } }, "to": 3}' WHERE id = 3;
UPDATE docs SET other = 3 WHERE id = 2;
DELETE FROM docs WHERE id = 5;
-- rows
-- 1 | { "b":  [1,2 ] , "c":3 } | { "b":  [1,2 ] , "c":3 } | two | [1,2 ] | { "b":  [1,2 ] , "c":3 }
-- 2 | [ ] | [ ] | null | null | [ ]
-- 3 | {"b" : { } } | {"b" : { } } | null | { } | {"b" : { } }
-- 4 | null | null | null | null | null

-- cut
DELETE FROM docs WHERE id < 3;
-- rows
-- 3 | {"b" : { } } | {"b" : { } } | null | { } | {"b" : { } }
-- 4 | null | null | null | null | null
