-- VALUES as a query by itself: with an order and a limit, in WITH, IN, EXISTS and UNION; SELECT
-- without FROM, with a condition.
-- key: id, what
-- kept: touched groups
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE MATERIALIZED VIEW v AS
WITH two (n) AS (VALUES (1), (2), (3) ORDER BY 1 DESC LIMIT 2)
SELECT a.id, 'with' AS what FROM a JOIN two ON two.n = a.k
UNION ALL
SELECT a.id, 'from' FROM a JOIN (VALUES (5, 1), (6, 2) ORDER BY column2 LIMIT 1) AS q (m, n) ON q.n = a.k
UNION ALL
SELECT id, 'in' FROM a WHERE k NOT IN (VALUES (1), (4)) AND EXISTS (VALUES (0))
UNION ALL
VALUES (100, 'values'), (NULL, 'null')
UNION ALL
SELECT 200, 'condition' WHERE EXISTS (SELECT FROM a WHERE k = 2)
UNION ALL
SELECT 300, 'never' WHERE 1 = 2;

-- cut
INSERT INTO a VALUES (1, 1), (2, 2), (3, NULL), (4, 3);
-- rows
-- 1 | from
-- 100 | values
-- 2 | in
-- 2 | with
-- 200 | condition
-- 4 | in
-- 4 | with
-- null | null

-- cut
DELETE FROM a WHERE k = 2;
UPDATE a SET k = 1 WHERE id = 4;
-- rows
-- 1 | from
-- 100 | values
-- 4 | from
-- null | null

-- cut
DELETE FROM a;
-- rows
-- 100 | values
-- null | null
