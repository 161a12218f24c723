-- LIMIT of a set operation, and of a derived table below a join.
-- kept: touched groups
-- key: k, n
CREATE TABLE r (id integer PRIMARY KEY, k integer);
CREATE TABLE s (id integer PRIMARY KEY, k integer);
CREATE MATERIALIZED VIEW v AS
SELECT u.k, t.id AS n FROM (SELECT k FROM r UNION SELECT k FROM s ORDER BY k DESC LIMIT 3) u
LEFT JOIN (SELECT id, k FROM s ORDER BY id FETCH FIRST 2 ROWS ONLY) t ON t.k = u.k;

-- cut
INSERT INTO r VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO s VALUES (1, 3), (2, 4), (3, 4);
-- rows
-- 2 | null
-- 3 | 1
-- 4 | 2

-- cut
DELETE FROM s WHERE id = 1;
INSERT INTO r VALUES (4, 9);
-- rows
-- 3 | null
-- 4 | 2
-- 4 | 3
-- 9 | null

-- cut
DELETE FROM r WHERE k > 2;
-- rows
-- 1 | null
-- 2 | null
-- 4 | 2
-- 4 | 3

-- cut
DELETE FROM s;
-- rows
-- 1 | null
-- 2 | null
