-- ANY and ALL of a nested SELECT, alone in WHERE and as values.
CREATE TABLE a (id integer PRIMARY KEY, x integer);
CREATE TABLE b (id integer PRIMARY KEY, y integer, k integer);
CREATE MATERIALIZED VIEW v AS
SELECT id, x > ALL (SELECT y FROM b WHERE b.k = a.id) AS above,
       x = ANY (SELECT y FROM b) AS found, x < ANY (SELECT y FROM b) AS below
FROM a WHERE x <> ALL (SELECT y FROM b WHERE b.k = 9) AND NOT x = ANY (SELECT id FROM b);

-- cut
INSERT INTO a VALUES (1, 5), (2, NULL), (3, 7);
-- rows
-- 1 | true | false | false
-- 2 | true | false | false
-- 3 | true | false | false

-- cut
INSERT INTO b VALUES (1, 4, 1), (2, 7, 3), (3, NULL, 3);
-- rows
-- 1 | true | null | true
-- 3 | false | true | null

-- cut
UPDATE b SET y = 5 WHERE id = 1;
DELETE FROM b WHERE id = 2;
-- rows
-- 1 | false | true | null
-- 3 | null | null | null

-- cut
INSERT INTO b VALUES (9, 7, 9);
-- rows
-- 1 | false | true | true

-- cut
DELETE FROM b;
-- rows
-- 1 | true | false | false
-- 2 | true | false | false
-- 3 | true | false | false
