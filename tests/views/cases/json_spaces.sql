-- The blanks of JSON that a view builds are PostgreSQL's; equal jsonb are one value.
-- kept: touched groups
-- key: k
CREATE TABLE t (id integer PRIMARY KEY, k integer, n numeric, x integer[], j json, b jsonb);
CREATE MATERIALIZED VIEW v AS
SELECT k, min(json_build_array(n, x)::text) AS array, min(json_build_object('n', n, 'x', x)::text) AS object,
       min(row_to_json(ROW(n, x))::text) AS record, json_agg(n ORDER BY id)::text AS list,
       json_agg(x ORDER BY id)::text AS lists, json_object_agg(id, n ORDER BY id)::text AS pairs,
       jsonb_agg(x ORDER BY id)::text AS binary, jsonb_object_agg(id, n)::text AS binary_pairs,
       min(j::text) AS captured, min(json_build_object()::text) AS empty,
       count(DISTINCT b) AS kinds, count(DISTINCT jsonb_build_array(n)) AS built
FROM t GROUP BY k;

-- cut
INSERT INTO t VALUES (1, 1, 1.0, '{1,2}', '{"a":  [1, 2 ] }', '[1.0]'), (2, 1, 1.00, '{}', NULL, '[1.00]'),
  (3, 2, NULL, '{NULL}', '{"a" : {"b":1 }}', '{"b": 1, "a": []}');
-- rows
-- 1 | [1.0, [1,2]] | {"n" : 1.0, "x" : [1,2]} | {"f1":1.0,"f2":[1,2]} | [1.0, 1.00] | [[1,2], \n []] | { "1" : 1.0, "2" : 1.00 } | [[1, 2], []] | {"1": 1.0, "2": 1.00} | {"a":  [1, 2 ] } | {} | 1 | 1
-- 2 | [null, [null]] | {"n" : null, "x" : [null]} | {"f1":null,"f2":[null]} | [null] | [[null]] | { "3" : null } | [[null]] | {"3": null} | {"a" : {"b":1 }} | {} | 1 | 1

-- cut
UPDATE t SET n = 2.50, b = '[2]' WHERE id = 2;
DELETE FROM t WHERE id = 3;
-- rows
-- 1 | [1.0, [1,2]] | {"n" : 1.0, "x" : [1,2]} | {"f1":1.0,"f2":[1,2]} | [1.0, 2.50] | [[1,2], \n []] | { "1" : 1.0, "2" : 2.50 } | [[1, 2], []] | {"1": 1.0, "2": 2.50} | {"a":  [1, 2 ] } | {} | 2 | 2
