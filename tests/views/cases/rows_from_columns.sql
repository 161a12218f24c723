-- Columns as rows by LATERAL VALUES, and JSON objects as rows of listed columns.
-- key: id, name, sku, day
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer, j jsonb);
CREATE MATERIALIZED VIEW v AS
SELECT t.id, u.name, u.value, r.sku, r.n, r.price, r.day, r.more,
  (SELECT max(x) FROM (VALUES (t.a), (t.b), (r.n)) AS v(x)) AS most
FROM t
CROSS JOIN LATERAL (VALUES ('a', t.a), ('b', t.b)) AS u(name, value)
LEFT JOIN LATERAL jsonb_to_recordset(t.j) AS r(sku text, n int, price numeric(9,2), day date, more jsonb)
  ON r.n IS DISTINCT FROM 0
WHERE u.value IS NOT NULL;

-- cut
INSERT INTO t VALUES (1, 1, 2, '[{"sku": "x", "n": 3, "price": 1.505, "day": "2024-02-29", "more": {"k": [1.0]}}, {"n": "4", "sku": 5, "more": null}, {"n": 0}]'),
  (2, NULL, 7, '[]'), (3, NULL, NULL, '[{}]'), (4, 5, NULL, NULL);
-- rows
-- 1 | a | 1 | 5 | 4 | null | null | null | 4
-- 1 | a | 1 | x | 3 | 1.51 | 2024-02-29 | {"k": [1.0]} | 3
-- 1 | b | 2 | 5 | 4 | null | null | null | 4
-- 1 | b | 2 | x | 3 | 1.51 | 2024-02-29 | {"k": [1.0]} | 3
-- 2 | b | 7 | null | null | null | null | null | 7
-- 4 | a | 5 | null | null | null | null | null | 5

-- cut
UPDATE t SET a = NULL WHERE id = 1;
UPDATE t SET b = 0 WHERE id = 3;
-- rows
-- 1 | b | 2 | 5 | 4 | null | null | null | 4
-- 1 | b | 2 | x | 3 | 1.51 | 2024-02-29 | {"k": [1.0]} | 3
-- 2 | b | 7 | null | null | null | null | null | 7
-- 3 | b | 0 | null | null | null | null | null | 0
-- 4 | a | 5 | null | null | null | null | null | 5

-- cut
UPDATE t SET j = '[{"sku": "y", "extra": 1}]' WHERE id IN (1, 2);
DELETE FROM t WHERE id = 4;
-- rows
-- 1 | b | 2 | y | null | null | null | null | 2
-- 2 | b | 7 | y | null | null | null | null | 7
-- 3 | b | 0 | null | null | null | null | null | 0

-- cut
DELETE FROM t;
-- rows
