-- Groups by a part of a json.
CREATE TABLE docs (id integer PRIMARY KEY, other integer, j json);
CREATE MATERIALIZED VIEW grouped AS
SELECT j->>'a' AS a, count(*) AS docs, max(j->'l'->>0) AS first FROM docs GROUP BY j->>'a';

-- cut
INSERT INTO docs VALUES (1, 2, '{"a" : { "b":  [1,2 ] , "c":3 }, "l": [ {"x":1} , [ ], "two" ], "to": 2}'),
                        (2, 1, '{"a": [ ], "l": [1.50 , null]}'), (3, 1, '{"a":"hidden", "to" : 1}'), (4, NULL, NULL),
                        (5, 1, '[]');
-- rows
-- [ ] | 1 | 1.50
-- hidden | 1 | null
-- null | 2 | null
-- { "b":  [1,2 ] , "c":3 } | 1 | {"x":1}

-- cut
UPDATE docs SET j = '{"a":  {"b" : { } }, "to": 3}' WHERE id = 3;
UPDATE docs SET other = 3 WHERE id = 2;
DELETE FROM docs WHERE id = 5;
-- rows
-- [ ] | 1 | 1.50
-- null | 1 | null
-- { "b":  [1,2 ] , "c":3 } | 1 | {"x":1}
-- {"b" : { } } | 1 | null

-- cut
DELETE FROM docs WHERE id < 3;
-- rows
-- null | 1 | null
-- {"b" : { } } | 1 | null
