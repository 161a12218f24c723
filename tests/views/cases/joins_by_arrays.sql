-- Joins by = ANY (array) and = ALL (array), inner, left, semi and lateral.
-- key: id, o, p, q
CREATE TABLE t (id integer PRIMARY KEY, g integer, ids integer[]);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, b.id AS o, c.id AS p, x.q
FROM t a
JOIN t b ON a.id = ANY (b.ids)
LEFT JOIN t c ON c.id = ALL (a.ids) AND c.g = a.g
LEFT JOIN LATERAL (SELECT d.id AS q FROM t d WHERE d.id = ANY (a.ids)) x ON true
WHERE EXISTS (SELECT FROM t e WHERE e.g = ANY (a.ids));

-- cut
INSERT INTO t VALUES (1, 1, '{1,2}'), (2, 1, '{2,2}'), (3, 2, '{1,NULL,3}'), (4, 2, '{}'), (5, NULL, NULL);
-- rows
-- 1 | 1 | null | 1
-- 1 | 1 | null | 2
-- 1 | 3 | null | 1
-- 1 | 3 | null | 2
-- 2 | 1 | 2 | 2
-- 2 | 2 | 2 | 2
-- 3 | 3 | null | 1
-- 3 | 3 | null | 3

-- cut
UPDATE t SET ids = '{4,5}' WHERE id = 3;
UPDATE t SET g = 5, ids = '{5}' WHERE id = 5;
-- rows
-- 1 | 1 | null | 1
-- 1 | 1 | null | 2
-- 2 | 1 | 2 | 2
-- 2 | 2 | 2 | 2
-- 5 | 3 | 5 | 5
-- 5 | 5 | 5 | 5

-- cut
DELETE FROM t WHERE id = 2;
-- rows
-- 1 | 1 | null | 1
-- 5 | 3 | 5 | 5
-- 5 | 5 | 5 | 5

-- cut
DELETE FROM t;
-- rows
