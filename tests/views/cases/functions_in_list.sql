-- Set-returning functions in the list: walked through together, grouped by, under an alias.
-- key: tag
CREATE TABLE t (id integer PRIMARY KEY, tags text[], j jsonb);
CREATE MATERIALIZED VIEW v AS
SELECT tag, count(*) AS n, count(DISTINCT id) AS rows, max(k) AS k
FROM (SELECT id, unnest(tags) AS tag, jsonb_array_elements(j) ->> 'k' AS k FROM t) x
WHERE tag IS NOT NULL
GROUP BY tag
UNION ALL
SELECT '#' || unnest(tags) AS tag, count(*), 0, NULL FROM t GROUP BY 1;

-- cut
INSERT INTO t VALUES (1, '{a,b,a}', '[{"k": "v"}]'), (2, '{b}', '[{"k": "w"}, {}, 1]'), (3, NULL, '[]'), (4, '{}', NULL);
-- rows
-- #a | 2 | 0 | null
-- #b | 2 | 0 | null
-- a | 2 | 1 | v
-- b | 2 | 2 | w

-- cut
UPDATE t SET tags = '{b}' WHERE id = 1;
UPDATE t SET tags = '{c,c}', j = '[{"k": null}, {"k": 2.50}]' WHERE id = 4;
-- rows
-- #b | 2 | 0 | null
-- #c | 2 | 0 | null
-- b | 2 | 2 | w
-- c | 2 | 1 | 2.50

-- cut
DELETE FROM t WHERE id IN (1, 2);
-- rows
-- #c | 2 | 0 | null
-- c | 2 | 1 | 2.50

-- cut
DELETE FROM t;
-- rows
