-- a query in FROM of a nested SELECT refers to the outer query
-- kept: delta
CREATE TABLE item (id integer PRIMARY KEY, shop integer, price integer);
CREATE TABLE shop (id integer PRIMARY KEY, floor integer);
CREATE MATERIALIZED VIEW found AS
SELECT s.id, (SELECT sum(q.price) FROM (SELECT i.price FROM item i WHERE i.shop = s.id) q) AS total
FROM shop s
WHERE s.floor IN (SELECT x FROM (SELECT i.price FROM item i WHERE i.shop = s.id) AS q (x) WHERE x > 0)
   OR s.id = 1;

-- cut
INSERT INTO shop VALUES (1, 5), (2, 3), (3, NULL), (4, 3);
INSERT INTO item VALUES (1, 1, 7), (2, 2, 3), (3, 4, 4), (4, NULL, 3);
-- rows
-- 1 | 7
-- 2 | 3

-- cut
UPDATE item SET shop = 4 WHERE id = 2;
-- rows
-- 1 | 7
-- 4 | 7

-- cut
DELETE FROM item;
DELETE FROM shop WHERE id > 2;
-- rows
-- 1 | null
