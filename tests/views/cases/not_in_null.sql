-- NOT IN with NULL on either side: a NULL on the right leaves nothing, no row at all everything.
CREATE TABLE a (id integer PRIMARY KEY, x integer);
CREATE TABLE b (id integer PRIMARY KEY, y integer, z integer);
CREATE MATERIALIZED VIEW v AS
SELECT a.id, a.x, a.x IN (SELECT y FROM b) AS found,
       a.x NOT IN (SELECT y FROM b WHERE b.z = a.id) AS tied,
       (a.x, a.id) IN (SELECT y, z FROM b) AS pair
FROM a WHERE a.x NOT IN (SELECT y FROM b WHERE z > 5) OR EXISTS (SELECT 1 FROM b WHERE y = 100);

-- cut
INSERT INTO a VALUES (1, 1), (2, 2), (3, NULL);
-- rows
-- 1 | 1 | false | true | false
-- 2 | 2 | false | true | false
-- 3 | null | false | true | false

-- cut
INSERT INTO b VALUES (1, 1, 6);
-- rows
-- 2 | 2 | false | true | false

-- cut
INSERT INTO b VALUES (2, NULL, 6);
-- rows

-- cut
UPDATE b SET y = 100 WHERE id = 1;
UPDATE b SET z = 2 WHERE id = 2;
-- rows
-- 1 | 1 | null | true | false
-- 2 | 2 | null | null | null
-- 3 | null | null | true | false

-- cut
INSERT INTO b VALUES (3, 2, 2);
INSERT INTO a VALUES (4, 100);
-- rows
-- 1 | 1 | null | true | false
-- 2 | 2 | true | false | true
-- 3 | null | null | true | false
-- 4 | 100 | true | true | false

-- cut
DELETE FROM b WHERE y IS NULL;
DELETE FROM b WHERE y = 2;
-- rows
-- 1 | 1 | false | true | false
-- 2 | 2 | false | true | false
-- 3 | null | null | true | false
-- 4 | 100 | true | true | false
