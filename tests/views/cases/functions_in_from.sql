-- Set-returning functions in FROM: a row's elements come and go with the row; LEFT JOIN keeps the
-- row that has none, and ON may refuse some of them.
-- key: id, n, key, part, big
CREATE TABLE t (id integer PRIMARY KEY, a integer[], doc jsonb, words text);
CREATE MATERIALIZED VIEW v AS
SELECT t.id, e.v, e.n, d.key, d.value, part, big
FROM t
CROSS JOIN LATERAL unnest(t.a) WITH ORDINALITY AS e(v, n)
LEFT JOIN jsonb_each(t.doc) AS d ON true
LEFT JOIN LATERAL string_to_table(t.words, ',') AS part ON part <> ''
LEFT JOIN generate_series(1, e.v) AS big ON big > 2;

-- cut
INSERT INTO t VALUES (1, '{1,NULL,4}', '{"a": 1.50, "b": null}', 'x,,y'), (2, '{}', '{"a": 1}', 'x'),
  (3, '{3}', NULL, NULL), (4, NULL, '{}', ''), (5, '{2,2}', '{}', ',');
-- rows
-- 1 | 1 | 1 | a | 1.50 | x | null
-- 1 | 1 | 1 | a | 1.50 | y | null
-- 1 | 1 | 1 | b | null | x | null
-- 1 | 1 | 1 | b | null | y | null
-- 1 | 4 | 3 | a | 1.50 | x | 3
-- 1 | 4 | 3 | a | 1.50 | x | 4
-- 1 | 4 | 3 | a | 1.50 | y | 3
-- 1 | 4 | 3 | a | 1.50 | y | 4
-- 1 | 4 | 3 | b | null | x | 3
-- 1 | 4 | 3 | b | null | x | 4
-- 1 | 4 | 3 | b | null | y | 3
-- 1 | 4 | 3 | b | null | y | 4
-- 1 | null | 2 | a | 1.50 | x | null
-- 1 | null | 2 | a | 1.50 | y | null
-- 1 | null | 2 | b | null | x | null
-- 1 | null | 2 | b | null | y | null
-- 3 | 3 | 1 | null | null | null | 3
-- 5 | 2 | 1 | null | null | null | null
-- 5 | 2 | 2 | null | null | null | null

-- cut
UPDATE t SET a = '{4,1}' WHERE id = 1;
UPDATE t SET a = '{3}' WHERE id IN (2, 4);
-- rows
-- 1 | 1 | 2 | a | 1.50 | x | null
-- 1 | 1 | 2 | a | 1.50 | y | null
-- 1 | 1 | 2 | b | null | x | null
-- 1 | 1 | 2 | b | null | y | null
-- 1 | 4 | 1 | a | 1.50 | x | 3
-- 1 | 4 | 1 | a | 1.50 | x | 4
-- 1 | 4 | 1 | a | 1.50 | y | 3
-- 1 | 4 | 1 | a | 1.50 | y | 4
-- 1 | 4 | 1 | b | null | x | 3
-- 1 | 4 | 1 | b | null | x | 4
-- 1 | 4 | 1 | b | null | y | 3
-- 1 | 4 | 1 | b | null | y | 4
-- 2 | 3 | 1 | a | 1 | x | 3
-- 3 | 3 | 1 | null | null | null | 3
-- 4 | 3 | 1 | null | null | null | 3
-- 5 | 2 | 1 | null | null | null | null
-- 5 | 2 | 2 | null | null | null | null

-- cut
UPDATE t SET doc = '{"b": [1, {"c": 2}], "d": "e\"f"}', words = 'z' WHERE id = 3;
DELETE FROM t WHERE id = 5;
-- rows
-- 1 | 1 | 2 | a | 1.50 | x | null
-- 1 | 1 | 2 | a | 1.50 | y | null
-- 1 | 1 | 2 | b | null | x | null
-- 1 | 1 | 2 | b | null | y | null
-- 1 | 4 | 1 | a | 1.50 | x | 3
-- 1 | 4 | 1 | a | 1.50 | x | 4
-- 1 | 4 | 1 | a | 1.50 | y | 3
-- 1 | 4 | 1 | a | 1.50 | y | 4
-- 1 | 4 | 1 | b | null | x | 3
-- 1 | 4 | 1 | b | null | x | 4
-- 1 | 4 | 1 | b | null | y | 3
-- 1 | 4 | 1 | b | null | y | 4
-- 2 | 3 | 1 | a | 1 | x | 3
-- 3 | 3 | 1 | b | [1, {"c": 2}] | z | 3
-- 3 | 3 | 1 | d | "e\"f" | z | 3
-- 4 | 3 | 1 | null | null | null | 3

-- cut
UPDATE t SET id = 6 WHERE id = 1;
UPDATE t SET words = NULL, doc = NULL;
-- rows
-- 2 | 3 | 1 | null | null | null | 3
-- 3 | 3 | 1 | null | null | null | 3
-- 4 | 3 | 1 | null | null | null | 3
-- 6 | 1 | 2 | null | null | null | null
-- 6 | 4 | 1 | null | null | null | 3
-- 6 | 4 | 1 | null | null | null | 4

-- cut
DELETE FROM t;
-- rows
