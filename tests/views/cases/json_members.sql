-- Members of a json have their own blanks, as JSON and as text.
-- key: id, key
CREATE TABLE docs (id integer PRIMARY KEY, other integer, j json);
CREATE MATERIALIZED VIEW members AS
SELECT id, m.key, m.value::text AS value, t.value AS text
FROM (SELECT id, CASE WHEN json_typeof(j->'a') = 'object' THEN j->'a' END AS a FROM docs) d
CROSS JOIN json_each(a) AS m JOIN LATERAL json_each_text(a) AS t ON t.key = m.key;

-- cut
INSERT INTO docs VALUES (1, 2, '{"a" : { "b":  [1,2 ] , "c":3 }, "l": [ {"x":1} , [ ], "two" ], "to": 2}'),
                        (2, 1, '{"a": [ ], "l": [1.50 , null]}'), (3, 1, '{"a":"hidden", "to" : 1}'), (4, NULL, NULL),
                        (5, 1, '[]');
-- rows
-- 1 | b | [1,2 ] | [1,2 ]
-- 1 | c | 3 | 3

-- cut
UPDATE docs SET j = '{"a":  {"b" : { } }, "to": 3}' WHERE id = 3;
UPDATE docs SET other = 3 WHERE id = 2;
DELETE FROM docs WHERE id = 5;
-- rows
-- 1 | b | [1,2 ] | [1,2 ]
-- 1 | c | 3 | 3
-- 3 | b | { } | { }

-- cut
DELETE FROM docs WHERE id < 3;
-- rows
-- 3 | b | { } | { }
