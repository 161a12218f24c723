-- a name inside a nested SELECT means its own tables, those that follow in FROM included
-- key: id
CREATE TABLE stock (id integer PRIMARY KEY, part integer, maker integer, cost integer);
CREATE TABLE maker (maker_id integer PRIMARY KEY, land text);
CREATE MATERIALIZED VIEW cheapest AS
SELECT id, cost, land FROM stock, maker
WHERE maker = maker_id AND land = 'A' AND cost = (
    SELECT min(cost) FROM stock s, maker WHERE s.part = stock.part AND s.maker = maker_id
        AND land = 'A'
);

-- cut
INSERT INTO maker VALUES (1, 'A'), (2, 'B'), (3, 'A');
INSERT INTO stock VALUES (1, 7, 1, 50), (2, 7, 2, 10), (3, 7, 3, 60), (4, 8, 2, 5), (5, 8, 3, 9);
-- rows
-- 1 | 50 | A
-- 5 | 9 | A

-- cut
UPDATE maker SET land = 'B' WHERE maker_id = 1;
-- rows
-- 3 | 60 | A
-- 5 | 9 | A

-- cut
DELETE FROM stock WHERE part = 8; UPDATE stock SET maker = NULL WHERE id = 3;
-- rows
