-- A subquery over parts of a json.
-- key: id
CREATE TABLE docs (id integer PRIMARY KEY, other integer, j json);
CREATE MATERIALIZED VIEW asked AS
SELECT id, (SELECT max(two.j->>'a') FROM docs two WHERE two.other = one.id) AS above FROM docs one;

-- cut
INSERT INTO docs VALUES (1, 2, '{"a" : { "b":  [1,2 ] , "c":3 }, "l": [ {"x":1} , [ ], "two" ], "to": 2}'),
                        (2, 1, '{"a": [ ], "l": [1.50 , null]}'), (3, 1, '{"a":"hidden", "to" : 1}'), (4, NULL, NULL),
                        (5, 1, '[]');
-- rows
-- 1 | hidden
-- 2 | { "b":  [1,2 ] , "c":3 }
-- 3 | null
-- 4 | null
-- 5 | null

-- cut
UPDATE docs SET j = '{"a":  {"b" : { } }, "to": 3}' WHERE id = 3;
UPDATE docs SET other = 3 WHERE id = 2;
DELETE FROM docs WHERE id = 5;
-- rows
-- 1 | {"b" : { } }
-- 2 | { "b":  [1,2 ] , "c":3 }
-- 3 | [ ]
-- 4 | null

-- cut
DELETE FROM docs WHERE id < 3;
-- rows
-- 3 | null
-- 4 | null
