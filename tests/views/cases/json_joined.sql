-- A join by a part of a json, which shows another part.
-- key: id, other
CREATE TABLE docs (id integer PRIMARY KEY, other integer, j json);
CREATE MATERIALIZED VIEW pairs AS
SELECT one.id, two.id AS other, (two.j->'a')::text AS a
FROM docs one JOIN docs two ON (one.j->>'to')::integer = two.id;

-- cut
INSERT INTO docs VALUES (1, 2, '{"a" : { "b":  [1,2 ] , "c":3 }, "l": [ {"x":1} , [ ], "two" ], "to": 2}'),
                        (2, 1, '{"a": [ ], "l": [1.50 , null]}'), (3, 1, '{"a":"hidden", "to" : 1}'), (4, NULL, NULL),
                        (5, 1, '[]');
-- rows
-- 1 | 2 | [ ]
-- 3 | 1 | { "b":  [1,2 ] , "c":3 }

-- cut
UPDATE docs SET j = '{"a":  {"b" : { } }, "to": 3}' WHERE id = 3;
UPDATE docs SET other = 3 WHERE id = 2;
DELETE FROM docs WHERE id = 5;
-- rows
-- 1 | 2 | [ ]
-- 3 | 3 | {"b" : { } }

-- cut
DELETE FROM docs WHERE id < 3;
-- rows
-- 3 | 3 | {"b" : { } }
