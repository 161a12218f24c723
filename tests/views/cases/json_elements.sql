-- Elements of a json have their own blanks.
CREATE TABLE docs (id integer PRIMARY KEY, other integer, j json);
CREATE MATERIALIZED VIEW elements AS
SELECT id, n, e::text AS element FROM docs, json_array_elements(j->'l') WITH ORDINALITY AS l(e, n);

-- cut
INSERT INTO docs VALUES (1, 2, '{"a" : { "b":  [1,2 ] , "c":3 }, "l": [ {"x":1} , [ ], "two" ], "to": 2}'),
                        (2, 1, '{"a": [ ], "l": [1.50 , null]}'), (3, 1, '{"a":"hidden", "to" : 1}'), (4, NULL, NULL),
                        (5, 1, '[]');
-- rows
-- 1 | 1 | {"x":1}
-- 1 | 2 | [ ]
-- 1 | 3 | "two"
-- 2 | 1 | 1.50
-- 2 | 2 | null

-- cut
UPDATE docs SET j = '{"a":  {"b" : { } }, "to": 3}' WHERE id = 3;
UPDATE docs SET other = 3 WHERE id = 2;
DELETE FROM docs WHERE id = 5;
-- rows
-- 1 | 1 | {"x":1}
-- 1 | 2 | [ ]
-- 1 | 3 | "two"
-- 2 | 1 | 1.50
-- 2 | 2 | null

-- cut
DELETE FROM docs WHERE id < 3;
-- rows
