-- Three-valued logic: NULL is neither.
CREATE TABLE l (id integer PRIMARY KEY, a integer, b boolean);
CREATE MATERIALIZED VIEW v AS
SELECT id, a = 1 AS one, NOT b AS contrary, a IN (1, NULL) AS in_null, a NOT IN (2, 3) AS not_in,
       a IS DISTINCT FROM 1 AS differs, b IS TRUE AS yes, b IS NOT TRUE AS not_yes,
       a BETWEEN 1 AND 2 AS between_, b AND a > 1 AS both_, b OR a > 1 AS either,
       coalesce(a, 0) + 1 AS plus, CASE WHEN b THEN 'y' WHEN NOT b THEN 'n' END AS word
FROM l WHERE a IS NULL OR a <> 9;

-- cut
INSERT INTO l VALUES (1, 1, true), (2, 2, false), (3, NULL, NULL), (4, 9, true);
-- rows
-- 1 | true | false | true | true | false | true | false | true | false | true | 2 | y
-- 2 | false | true | null | false | true | false | true | true | false | true | 3 | n
-- 3 | null | null | null | null | true | false | true | null | null | null | 1 | null

-- cut
UPDATE l SET a = NULL WHERE id = 4;
UPDATE l SET a = 9, b = false WHERE id = 3;
-- rows
-- 1 | true | false | true | true | false | true | false | true | false | true | 2 | y
-- 2 | false | true | null | false | true | false | true | true | false | true | 3 | n
-- 4 | null | false | null | null | true | true | false | null | null | true | 1 | y
