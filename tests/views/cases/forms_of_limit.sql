-- FETCH is LIMIT, in any order with OFFSET; ALL and NULL are none; a constant may be an expression.
-- key: id, what
-- kept: full
CREATE TABLE a (id integer PRIMARY KEY, k integer);
CREATE MATERIALIZED VIEW v AS
(SELECT id, 'fetch' AS what FROM a ORDER BY k DESC NULLS LAST, id OFFSET 1 ROW FETCH NEXT 2 ROWS ONLY)
UNION ALL
(SELECT id, 'one' FROM a ORDER BY id FETCH FIRST ROW ONLY)
UNION ALL
(SELECT id, 'all' FROM a ORDER BY id LIMIT ALL OFFSET 0)
UNION ALL
(SELECT id, 'null' FROM a ORDER BY id LIMIT NULL)
UNION ALL
(SELECT id, 'expression' FROM a ORDER BY id DESC LIMIT (SELECT 1 + 1) OFFSET (1));

-- cut
INSERT INTO a VALUES (1, 1), (2, NULL), (3, 3), (4, 2);
-- rows
-- 1 | all
-- 1 | fetch
-- 1 | null
-- 1 | one
-- 2 | all
-- 2 | expression
-- 2 | null
-- 3 | all
-- 3 | expression
-- 3 | null
-- 4 | all
-- 4 | fetch
-- 4 | null

-- cut
DELETE FROM a WHERE id IN (1, 3);
-- rows
-- 2 | all
-- 2 | expression
-- 2 | fetch
-- 2 | null
-- 2 | one
-- 4 | all
-- 4 | null

-- cut
INSERT INTO a VALUES (9, 9);
-- rows
-- 2 | all
-- 2 | expression
-- 2 | fetch
-- 2 | null
-- 2 | one
-- 4 | all
-- 4 | expression
-- 4 | fetch
-- 4 | null
-- 9 | all
-- 9 | null

-- cut
DELETE FROM a;
-- rows
