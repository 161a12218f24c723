-- ARRAY(SELECT …), of a table and of the row's own elements; elements are collected in their order.
-- key: id
-- kept: touched groups
CREATE TABLE t (id integer PRIMARY KEY, g integer, tags text[], j jsonb);
CREATE MATERIALIZED VIEW v AS
SELECT id, ARRAY(SELECT o.id FROM t o WHERE o.g = t.g ORDER BY o.id DESC) AS others,
  ARRAY(SELECT upper(x) FROM unnest(tags) AS x WHERE x <> 'c') AS tags,
  ARRAY(SELECT e ->> 'k' AS k FROM jsonb_array_elements(j) AS e ORDER BY k) AS keys,
  (SELECT string_agg(x, '-') FROM unnest(tags) AS x) AS joined,
  (SELECT array_agg(x) FROM generate_series(g, 1, -1) AS x) AS down,
  ARRAY(SELECT jsonb_object_keys(e) FROM jsonb_array_elements(j) e) AS names
FROM t;

-- cut
INSERT INTO t VALUES (1, 3, '{b,a,c,b}', '[{"k": "z"}, {"k": "a", "q": 1}]'), (2, 3, '{}', '[]'), (3, NULL, NULL, NULL), (4, 1, '{c}', '[{}]');
-- rows
-- 1 | {2,1} | {B,A,B} | {a,z} | b-a-c-b | {3,2,1} | {k,k,q}
-- 2 | {2,1} | {} | {} | null | {3,2,1} | {}
-- 3 | {} | {} | {} | null | null | {}
-- 4 | {4} | {} | {NULL} | c | {1} | {}

-- cut
UPDATE t SET g = 1, tags = '{z,NULL,y}' WHERE id = 2;
UPDATE t SET j = '[{"k": 2}, {"k": null}, {"k": 10}]' WHERE id = 4;
-- rows
-- 1 | {1} | {B,A,B} | {a,z} | b-a-c-b | {3,2,1} | {k,k,q}
-- 2 | {4,2} | {Z,Y} | {} | z-y | {1} | {}
-- 3 | {} | {} | {} | null | null | {}
-- 4 | {4,2} | {} | {10,2,NULL} | c | {1} | {k,k,k}

-- cut
DELETE FROM t WHERE id = 4;
-- rows
-- 1 | {1} | {B,A,B} | {a,z} | b-a-c-b | {3,2,1} | {k,k,q}
-- 2 | {2} | {Z,Y} | {} | z-y | {1} | {}
-- 3 | {} | {} | {} | null | null | {}

-- cut
DELETE FROM t;
-- rows
