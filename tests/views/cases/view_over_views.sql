-- a view over two others
-- kept: delta
CREATE TABLE sale (id integer PRIMARY KEY, shop text, amount numeric(10,2));
CREATE TABLE shop (name text PRIMARY KEY, town text);
CREATE MATERIALIZED VIEW turnover AS
    SELECT shop, count(*) AS sales, sum(amount) AS total FROM sale GROUP BY shop;
CREATE MATERIALIZED VIEW shops AS
    SELECT name, upper(town) AS town FROM shop WHERE town IS NOT NULL;
CREATE MATERIALIZED VIEW by_town AS
WITH t AS (SELECT * FROM turnover)
SELECT s.town, sum(t.total) AS total, max(t.sales) AS most, count(*) AS n
FROM shops AS s JOIN t ON t.shop = s.name GROUP BY s.town;

-- cut
INSERT INTO shop VALUES ('north', 'Ghent'), ('south', 'Ghent'), ('lost', NULL);
INSERT INTO sale VALUES (1, 'north', 2.50), (2, 'north', 1.00), (3, 'lost', 9.00), (4, NULL, 1);
-- rows
-- GHENT | 3.50 | 2 | 1

-- cut
INSERT INTO sale VALUES (5, 'south', 4.00);
UPDATE shop SET town = 'Lille' WHERE name = 'lost';
-- rows
-- GHENT | 7.50 | 2 | 2
-- LILLE | 9.00 | 1 | 1

-- cut
UPDATE sale SET shop = 'south' WHERE id IN (1, 2);
DELETE FROM sale WHERE id = 3;
-- rows
-- GHENT | 7.50 | 3 | 1

-- cut
DELETE FROM shop;
-- rows
