-- A json may have a key twice: each member has its own value, with its own blanks.
CREATE TABLE docs (id integer PRIMARY KEY, j json);
CREATE MATERIALIZED VIEW v AS
SELECT m.key, count(*) AS members, min(m.value::text) AS least, max(m.value::text) AS most
FROM docs CROSS JOIN json_each(j) AS m GROUP BY m.key;

-- cut
INSERT INTO docs VALUES (1, '{"a": 1, "b" : [ 2], "a": {"c" : 3}}'), (2, '{"b": "x" , "": [ ]}'), (3, NULL), (4, '{ }');
-- rows
--  | 1 | [ ] | [ ]
-- a | 2 | 1 | {"c" : 3}
-- b | 2 | "x" | [ 2]

-- cut
UPDATE docs SET j = '{"b": 5, "a" : 4, "b":  [6 ]}' WHERE id = 1;
DELETE FROM docs WHERE id = 2;
-- rows
-- a | 1 | 4 | 4
-- b | 2 | 5 | [6 ]
