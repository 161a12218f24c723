-- A left join on the right side of another: a change that leaves every row its match.
-- key: s, r, t
CREATE TABLE t (id integer PRIMARY KEY, k integer, v text);
CREATE TABLE r (id integer PRIMARY KEY, k integer);
CREATE TABLE s (id integer PRIMARY KEY, r integer);
CREATE MATERIALIZED VIEW v AS
SELECT s.id AS s, r.id AS r, t.id AS t, t.v FROM t RIGHT JOIN r ON t.k = r.k RIGHT JOIN s ON r.id = s.r;

-- cut
INSERT INTO t VALUES (1, 1, 'a'), (2, 1, 'b');
INSERT INTO r VALUES (1, 1), (2, 2);
INSERT INTO s VALUES (1, 1), (2, 2), (3, 3);
-- rows
-- 1 | 1 | 1 | a
-- 1 | 1 | 2 | b
-- 2 | 2 | null | null
-- 3 | null | null | null

-- cut
UPDATE t SET v = 'c' WHERE id = 1;
-- rows
-- 1 | 1 | 1 | c
-- 1 | 1 | 2 | b
-- 2 | 2 | null | null
-- 3 | null | null | null

-- cut
INSERT INTO t VALUES (3, 1, 'd');
-- rows
-- 1 | 1 | 1 | c
-- 1 | 1 | 2 | b
-- 1 | 1 | 3 | d
-- 2 | 2 | null | null
-- 3 | null | null | null

-- cut
DELETE FROM t;
-- rows
-- 1 | 1 | null | null
-- 2 | 2 | null | null
-- 3 | null | null | null
