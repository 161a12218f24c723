-- USING makes one column of two; * takes them all; a comma join gets its condition from WHERE.
CREATE TABLE a (id integer PRIMARY KEY, x integer);
CREATE TABLE b (id integer PRIMARY KEY, y integer);
CREATE TABLE c (c_id integer PRIMARY KEY, z integer);
CREATE MATERIALIZED VIEW v AS
SELECT * FROM (SELECT id, x, y FROM a JOIN b USING (id)) ab, c WHERE c.z = ab.y AND ab.x > 0;

-- cut
INSERT INTO a VALUES (1, 1), (2, 2), (3, 0);
INSERT INTO b VALUES (1, 5), (2, 6), (3, 5);
INSERT INTO c VALUES (7, 5), (8, 5), (9, 6);
-- rows
-- 1 | 1 | 5 | 7 | 5
-- 1 | 1 | 5 | 8 | 5
-- 2 | 2 | 6 | 9 | 6

-- cut
UPDATE b SET y = 6 WHERE id = 1;
DELETE FROM c WHERE c_id = 8;
UPDATE a SET x = 9 WHERE id = 3;
-- rows
-- 1 | 1 | 6 | 9 | 6
-- 2 | 2 | 6 | 9 | 6
-- 3 | 9 | 5 | 7 | 5
