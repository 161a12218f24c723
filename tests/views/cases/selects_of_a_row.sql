-- Nested SELECTs that read nothing but the row around them, in the list, in WHERE and in LATERAL.
-- key: id
CREATE TABLE t (id integer PRIMARY KEY, a integer[], j jsonb);
CREATE MATERIALIZED VIEW v AS
SELECT t.id, (SELECT sum(x) FROM unnest(t.a) AS x WHERE x > t.id) AS above,
  s.total, s.n, d.twice, d.twice + 1 AS next, b.best
FROM t
CROSS JOIN LATERAL (SELECT sum(x) AS total, count(*) AS n FROM unnest(t.a) x) s
CROSS JOIN LATERAL (SELECT t.id * 2 AS twice) d
LEFT JOIN LATERAL (SELECT x AS best FROM unnest(t.a) x WHERE x < 9 ORDER BY x DESC LIMIT 1) b ON true
WHERE EXISTS (SELECT FROM jsonb_array_elements(t.j) e WHERE e ->> 'k' = 'v')
  AND NOT 7 = ANY (SELECT unnest(t.a));

-- cut
INSERT INTO t VALUES (1, '{1,2,10}', '[{"k": "v"}, 1]'), (2, '{}', '[{"k": "v"}]'), (3, NULL, '[{"k": "w"}]'),
  (4, '{7,1}', '[{"k": "v"}]'), (5, NULL, NULL), (6, '{9}', '[{"k": "v"}, {"k": "v"}]');
-- rows
-- 1 | 12 | 13 | 3 | 2 | 3 | 2
-- 2 | null | null | 0 | 4 | 5 | null
-- 6 | 9 | 9 | 1 | 12 | 13 | null

-- cut
UPDATE t SET a = '{NULL,5}' WHERE id = 1;
UPDATE t SET j = '[{"k": "v"}]' WHERE id = 3;
UPDATE t SET j = '[]' WHERE id = 6;
-- rows
-- 2 | null | null | 0 | 4 | 5 | null
-- 3 | null | null | 0 | 6 | 7 | null

-- cut
DELETE FROM t WHERE id = 1;
UPDATE t SET a = '{8}' WHERE id = 4;
-- rows
-- 2 | null | null | 0 | 4 | 5 | null
-- 3 | null | null | 0 | 6 | 7 | null
-- 4 | 8 | 8 | 1 | 8 | 9 | 8

-- cut
DELETE FROM t;
-- rows
