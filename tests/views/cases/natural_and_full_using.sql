-- NATURAL JOIN, and FULL JOIN with USING, whose column is that of either side.
-- kept: touched groups
-- key: id, n
CREATE TABLE a (id integer PRIMARY KEY, n integer, x text);
CREATE TABLE b (id bigint PRIMARY KEY, y text);
CREATE TABLE c (n integer PRIMARY KEY, z text);
CREATE MATERIALIZED VIEW v AS
SELECT id, x, y, n, z FROM a FULL JOIN b USING (id) NATURAL LEFT JOIN c;

-- cut
INSERT INTO a VALUES (1, 1, 'a1'), (2, NULL, 'a2');
INSERT INTO b VALUES (2, 'b2'), (3, 'b3');
INSERT INTO c VALUES (1, 'c1'), (2, 'c2');
-- rows
-- 1 | a1 | null | 1 | c1
-- 2 | a2 | b2 | null | null
-- 3 | null | b3 | null | null

-- cut
UPDATE b SET id = 1 WHERE id = 3;
UPDATE a SET n = 2 WHERE id = 2;
-- rows
-- 1 | a1 | b3 | 1 | c1
-- 2 | a2 | b2 | 2 | c2

-- cut
DELETE FROM a;
-- rows
-- 1 | null | b3 | null | null
-- 2 | null | b2 | null | null
