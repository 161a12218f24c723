-- A nested SELECT above groups has a column of the name of one that its table's key determines.
-- kept: delta
CREATE TABLE a (id integer PRIMARY KEY, n integer, x text);
CREATE TABLE b (id integer PRIMARY KEY, n integer);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, count(*) AS c FROM a GROUP BY a.id
HAVING count(*) + a.id > (SELECT sum(b.n) FROM b WHERE b.id > a.id OR b.n = 7);

-- cut
INSERT INTO a VALUES (1, 1, 'p'), (2, 5, 'q'), (3, NULL, 'r');
INSERT INTO b VALUES (1, 2), (2, 1), (3, 1);
-- rows
-- 2 | 1

-- cut
UPDATE b SET n = 3 WHERE id = 3;
-- rows

-- cut
DELETE FROM b WHERE id = 3;
INSERT INTO b VALUES (4, 7);
UPDATE a SET id = 9 WHERE id = 1;
-- rows
-- 9 | 1
