-- jsonb that is built, collected and changed has PostgreSQL's text: it can be grouped by and compared.
-- key: doc
-- kept: touched groups
CREATE TABLE t (id integer PRIMARY KEY, g integer, doc jsonb, name text, price numeric(9,2));
CREATE MATERIALIZED VIEW v AS
SELECT jsonb_build_object('g', g, 'doc', jsonb_strip_nulls(doc - 'x')) || coalesce(doc -> 'add', '{}') AS doc,
  count(*) AS n, jsonb_agg(jsonb_build_object('price', price, 'name', name) ORDER BY id) AS list,
  jsonb_object_agg(coalesce(name, '-'), doc #- '{add,q}' ORDER BY id) AS named,
  jsonb_agg(t ORDER BY id)::text AS rows, jsonb_agg(DISTINCT price)::text AS prices
FROM t GROUP BY 1;

-- cut
INSERT INTO t VALUES (1, 1, '{"x": 1, "y": null, "z": [1.50]}', 'a', 1.5), (2, 1, '{"z": [1.50], "x": 2}', 'b"', 2),
  (3, NULL, '{"add": {"g": 7, "q": 1}}', NULL, NULL), (4, 2, NULL, 'd', 0);
-- rows
-- {"g": 1, "doc": {"z": [1.50]}} | 2 | [{"name": "a", "price": 1.50}, {"name": "b\"", "price": 2.00}] | {"a": {"x": 1, "y": null, "z": [1.50]}, "b\"": {"x": 2, "z": [1.50]}} | [{"g": 1, "id": 1, "doc": {"x": 1, "y": null, "z": [1.50]}, "name": "a", "price": 1.50}, {"g": 1, "id": 2, "doc": {"x": 2, "z": [1.50]}, "name": "b\"", "price": 2.00}] | [1.50, 2.00]
-- {"g": 2, "doc": null} | 1 | [{"name": "d", "price": 0.00}] | {"d": null} | [{"g": 2, "id": 4, "doc": null, "name": "d", "price": 0.00}] | [0.00]
-- {"g": 7, "q": 1, "doc": {"add": {"g": 7, "q": 1}}} | 1 | [{"name": null, "price": null}] | {"-": {"add": {"g": 7}}} | [{"g": null, "id": 3, "doc": {"add": {"g": 7, "q": 1}}, "name": null, "price": null}] | [null]

-- cut
UPDATE t SET doc = jsonb_set(doc, '{x}', '3'), price = 9.99 WHERE id = 1;
UPDATE t SET doc = '{}' WHERE id = 4;
-- rows
-- {"g": 1, "doc": {"z": [1.50]}} | 2 | [{"name": "a", "price": 9.99}, {"name": "b\"", "price": 2.00}] | {"a": {"x": 3, "y": null, "z": [1.50]}, "b\"": {"x": 2, "z": [1.50]}} | [{"g": 1, "id": 1, "doc": {"x": 3, "y": null, "z": [1.50]}, "name": "a", "price": 9.99}, {"g": 1, "id": 2, "doc": {"x": 2, "z": [1.50]}, "name": "b\"", "price": 2.00}] | [2.00, 9.99]
-- {"g": 2, "doc": {}} | 1 | [{"name": "d", "price": 0.00}] | {"d": {}} | [{"g": 2, "id": 4, "doc": {}, "name": "d", "price": 0.00}] | [0.00]
-- {"g": 7, "q": 1, "doc": {"add": {"g": 7, "q": 1}}} | 1 | [{"name": null, "price": null}] | {"-": {"add": {"g": 7}}} | [{"g": null, "id": 3, "doc": {"add": {"g": 7, "q": 1}}, "name": null, "price": null}] | [null]

-- cut
UPDATE t SET doc = '{"z": [1.5]}' WHERE id = 2;
DELETE FROM t WHERE id = 3;
-- rows
-- {"g": 1, "doc": {"z": [1.50]}} | 2 | [{"name": "a", "price": 9.99}, {"name": "b\"", "price": 2.00}] | {"a": {"x": 3, "y": null, "z": [1.50]}, "b\"": {"z": [1.5]}} | [{"g": 1, "id": 1, "doc": {"x": 3, "y": null, "z": [1.50]}, "name": "a", "price": 9.99}, {"g": 1, "id": 2, "doc": {"z": [1.5]}, "name": "b\"", "price": 2.00}] | [2.00, 9.99]
-- {"g": 2, "doc": {}} | 1 | [{"name": "d", "price": 0.00}] | {"d": {}} | [{"g": 2, "id": 4, "doc": {}, "name": "d", "price": 0.00}] | [0.00]

-- cut
DELETE FROM t;
-- rows
