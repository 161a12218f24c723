-- Objects out of rows: in jsonb the last value of a key stays, json keeps them all.
-- kept: touched groups
CREATE TABLE o (id integer PRIMARY KEY, g integer, k text NOT NULL, n numeric(8,2), maybe text);
CREATE MATERIALIZED VIEW v AS
SELECT g, jsonb_object_agg(k, n ORDER BY id DESC) AS last, json_object_agg(id, k ORDER BY id) AS by_id,
       jsonb_object_agg(maybe, id ORDER BY id) FILTER (WHERE maybe IS NOT NULL) AS some
FROM o GROUP BY g;

-- cut
INSERT INTO o VALUES (1, 1, 'a', 1.5, NULL), (2, 1, 'bb', NULL, 'x'), (3, 1, 'a', 3, 'x'), (4, NULL, '"', 4, '');
-- rows
-- 1 | {"a": 1.50, "bb": null} | { "1" : "a", "2" : "bb", "3" : "a" } | {"x": 3}
-- null | {"\"": 4.00} | { "4" : "\"" } | {"": 4}

-- cut
DELETE FROM o WHERE id = 1;
UPDATE o SET maybe = NULL WHERE id = 3;
-- rows
-- 1 | {"a": 3.00, "bb": null} | { "2" : "bb", "3" : "a" } | {"x": 2}
-- null | {"\"": 4.00} | { "4" : "\"" } | {"": 4}

-- cut
DELETE FROM o WHERE g = 1;
-- rows
-- null | {"\"": 4.00} | { "4" : "\"" } | {"": 4}
