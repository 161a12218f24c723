-- ORDER BY, LIMIT, OFFSET and WITH at parentheses belong to the query in them, wherever it stands.
-- key: id, what
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE TABLE b (id integer PRIMARY KEY, k integer);
CREATE MATERIALIZED VIEW v AS
SELECT id, 'in' AS what FROM a WHERE k IN ((SELECT k FROM b) ORDER BY id LIMIT 1)
UNION ALL
SELECT q.id, 'from' FROM (((SELECT id, k FROM a) ORDER BY k DESC NULLS LAST, id) LIMIT 2) AS q
UNION ALL
SELECT id, 'any' FROM a WHERE k = ANY ((SELECT k FROM b ORDER BY id DESC) LIMIT 1)
UNION ALL
SELECT id, 'exists' FROM a WHERE NOT EXISTS ((SELECT 1 FROM b WHERE b.k = a.k) LIMIT 1)
UNION ALL
SELECT ((SELECT id FROM b) ORDER BY id DESC LIMIT 1), 'scalar'
UNION ALL
(WITH w AS (SELECT id FROM b) (SELECT id, 'with' FROM w ORDER BY id DESC LIMIT 1));

-- cut
INSERT INTO a VALUES (1, 1), (2, 2), (3, NULL), (4, 4);
INSERT INTO b VALUES (1, 1), (2, 2), (3, 4);
-- rows
-- 1 | in
-- 2 | from
-- 3 | exists
-- 3 | scalar
-- 3 | with
-- 4 | any
-- 4 | from

-- cut
DELETE FROM b WHERE id IN (1, 3);
UPDATE a SET k = 9 WHERE id = 3;
-- rows
-- 1 | exists
-- 2 | any
-- 2 | in
-- 2 | scalar
-- 2 | with
-- 3 | exists
-- 3 | from
-- 4 | exists
-- 4 | from

-- cut
DELETE FROM a WHERE id = 4;
UPDATE b SET k = NULL;
-- rows
-- 1 | exists
-- 2 | exists
-- 2 | from
-- 2 | scalar
-- 2 | with
-- 3 | exists
-- 3 | from

-- cut
DELETE FROM b;
DELETE FROM a;
-- rows
-- null | scalar
