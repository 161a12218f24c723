-- What stands at a path of JSON: keys, indexes, null and nothing, numbers with all their digits.
CREATE TABLE docs (id integer PRIMARY KEY, j jsonb);
CREATE MATERIALIZED VIEW v AS
SELECT id, j->'a' AS a, j->>'a' AS text, (j->'n'->>'x')::numeric AS x, j#>>'{l,-1}' AS last,
       j ? 'a' AS has, j @> '{"n": {"x": 1.5}}' AS contains, jsonb_typeof(j->'l') AS kind
FROM docs WHERE j->>'a' IS DISTINCT FROM 'hidden';

-- cut
INSERT INTO docs VALUES (1, '{"a": {"z": 1.50, "b": [true]}, "n": {"x": 1.5}, "l": [1, "two"]}'),
                        (2, '{"a": null}'), (3, '{"a": "hidden"}'), (4, NULL), (5, '[]');
-- rows
-- 1 | {"b": [true], "z": 1.50} | {"b": [true], "z": 1.50} | 1.5 | two | true | true | array
-- 2 | null | null | null | null | true | false | null
-- 4 | null | null | null | null | null | null | null
-- 5 | null | null | null | null | false | false | null

-- cut
UPDATE docs SET j = '{"a": 12345678901234567890.10}' WHERE id = 3;
DELETE FROM docs WHERE id IN (1, 4, 5);
-- rows
-- 2 | null | null | null | null | true | false | null
-- 3 | 12345678901234567890.10 | 12345678901234567890.10 | null | null | true | false | null

-- cut
DELETE FROM docs;
-- rows
