-- DISTINCT, and UNION over two tables.
CREATE TABLE a (id integer PRIMARY KEY, x integer);
CREATE TABLE b (id integer PRIMARY KEY, x numeric(5,1));
CREATE MATERIALIZED VIEW v AS
SELECT DISTINCT x FROM a UNION SELECT x FROM b WHERE id > 1;

-- cut
INSERT INTO a VALUES (1, 1), (2, 1), (3, 2), (4, NULL);
INSERT INTO b VALUES (1, 7.5), (2, 2), (3, 3.5);
-- rows
-- 1
-- 2
-- 3.5
-- null

-- cut
DELETE FROM a WHERE id IN (1, 3);
UPDATE b SET x = NULL WHERE id = 2;
-- rows
-- 1
-- 3.5
-- null

-- cut
DELETE FROM a;
-- rows
-- 3.5
-- null
